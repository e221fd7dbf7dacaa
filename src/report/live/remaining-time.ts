/** How long something will take, as coarse as people want to know it. */

/** `8 s`, `2 min 05 s`, `1 h 03 min`; rounded up, so that 0 s means that it is over. What is overdue takes 0 s. */
export function formatRemaining(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  const minutes = Math.ceil(whole / 60);
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

const padded = (value: number): string => String(value).padStart(2, '0');
