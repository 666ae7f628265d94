const share = 0.1

/** Varies a time by a tenth, so that connections that began together do not end together. */
export const spread = (milliseconds: number): number =>
  milliseconds * (1 + share * (2 * Math.random() - 1))
