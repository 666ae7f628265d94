import { X509Certificate } from 'node:crypto'

/** When it ends, in milliseconds since the epoch; undefined: it is not a certificate. */
export function certificateEnd(bytes: Buffer | string): number | undefined {
  try {
    return Date.parse(new X509Certificate(bytes).validTo)
  } catch {
    return undefined
  }
}

/** `2026-01-31`; a time before the epoch is its first day. */
export const dayOf = (time: number): string =>
  new Date(Math.max(0, time)).toISOString().slice(0, 10)
