/** True for HTTP statuses that a retry may change: 429, and 5xx except 501. */
export const isTransientStatus = (status: number): boolean =>
  status === 429 || (status >= 500 && status !== 501)
