/** What live may take of a server; what watchers have to know stands in `liveLimits`. Sizes are bytes. */
export const liveBounds = {
  /** Connections at once, WebSockets and event streams together: in all, and of one owner. */
  connections: 4_096,
  connectionsPerOwner: 1_024,
  /** Tickets that were given and not used yet. */
  tickets: 8_192,
  ticketsPerOwner: 1_024,
  /** A connection that has more than this to take is behind: nothing more is kept for it. */
  bufferedBytes: 131_072,
  /** About where a message is cut in two: so short that a line which breaks all the time still brings some. */
  messageBytes: 16_384,
  /** What the progress of all watchers may cost; beyond it they are told less often. */
  progressBytesPerSecond: 16_777_216,
  /** Reads of those who catch up, so that uploads find the ledger free. */
  readsAtOnce: 2,
  /** Rows that are read at a time. */
  rowsPerPage: 128,
  /** Uploads whose progress is merged at a time, for one subject; of others the next progress is told. */
  mixedUploads: 4_096,
  /** Ranges of chunks that are kept of one upload; where they are more scattered, its progress alone is told. */
  mixedRanges: 256,
  /** Uploads whose speed is known at a time. */
  meters: 4_096,
} as const;
