/**
 * The connections of a simulated cluster: frames between two shards wait in one line for each direction, as on a TCP
 * connection, until they are delivered, in order. A link can break; what has not arrived by then may be lost.
 */

/** A frame on its way, or the news that the link is down, which comes behind all that arrives. */
export interface Frame {
  type: number;
  /** The payload. */
  int32s: Int32Array;
}

/** One direction of a link. */
export class Line {
  readonly fromShard: number;
  readonly toShard: number;
  readonly frames: Frame[] = [];
  /** Nothing arrives any more but what is in `frames`. */
  isBroken = false;
  /** The receiver has not been told yet that it is broken. */
  owesNews = false;

  constructor(fromShard: number, toShard: number) {
    this.fromShard = fromShard;
    this.toShard = toShard;
  }

  /** Whether there is something to deliver. */
  get isBusy(): boolean {
    return this.frames.length > 0 || this.owesNews;
  }
}

export class Links {
  /** Every line there is. */
  readonly lines: Line[] = [];
  private readonly lineOf: (Line | undefined)[][];
  private readonly framesMost: number;

  /** @param framesMost on one line; then it has no room */
  constructor(shards: number, framesMost: number, isLinked: (from: number, to: number) => boolean) {
    this.framesMost = framesMost;
    this.lineOf = Array.from({ length: shards }, (_, from) =>
      Array.from({ length: shards }, (_, to) => {
        if (!isLinked(from, to)) return undefined;
        const line = new Line(from, to);
        this.lines.push(line);
        return line;
      }),
    );
  }

  line(fromShard: number, toShard: number): Line | undefined {
    return this.lineOf[fromShard][toShard];
  }

  hasRoom(line: Line): boolean {
    return line.isBroken || line.frames.length < this.framesMost;
  }

  /**
   * Breaks one direction.
   * @param arriving how many of the frames on their way still arrive
   * @param isHeard whether somebody is there to be told
   */
  break(line: Line, arriving: number, isHeard: boolean): void {
    if (line.isBroken) return;
    line.isBroken = true;
    line.frames.splice(isHeard ? arriving : 0);
    line.owesNews = isHeard;
  }
}
