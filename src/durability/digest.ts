/**
 * The digest that tells whether bytes of a log are those that were written: 16 bytes, the authentication tag of AES-GCM
 * (NIST SP 800-38D) with a key and a nonce that everybody knows. It keeps no secret and proves no author; it finds what a
 * CRC-32C would and far more, and the processor's instructions make it four times as fast as a SHA-256.
 */
import { createCipheriv } from 'node:crypto';

export const DIGEST_BYTES = 16;

const KEY = new Uint8Array(16);
const NONCE = new Uint8Array(12);

/** Of the parts one after the other. */
export function digestOf(...parts: readonly Uint8Array[]): Uint8Array {
  const cipher = createCipheriv('aes-128-gcm', KEY, NONCE);
  for (const part of parts) cipher.setAAD(part);
  cipher.final();
  return cipher.getAuthTag();
}
