import type { StreamMethod } from './service.ts'

/** Counts open calls of each method, in all and for each connection. */
export interface OpenCalls {
  /** Returns what ends the count; undefined: too many are open. */
  readonly begin: (method: StreamMethod, connection: object) => (() => void) | undefined
}

export function createOpenCalls(): OpenCalls {
  const counts = new Map<StreamMethod, Map<object, number>>()
  const totals = new Map<StreamMethod, number>()
  const change = (method: StreamMethod, connection: object, by: number): void => {
    const connections = counts.get(method) ?? new Map<object, number>()
    counts.set(method, connections)
    const now = (connections.get(connection) ?? 0) + by
    if (now === 0) connections.delete(connection)
    else connections.set(connection, now)
    totals.set(method, (totals.get(method) ?? 0) + by)
  }
  return {
    begin: (method, connection) => {
      const own = counts.get(method)?.get(connection) ?? 0
      const all = totals.get(method) ?? 0
      if (own >= method.mostPerConnection || all >= method.most) return undefined
      change(method, connection, 1)
      return () => change(method, connection, -1)
    },
  }
}
