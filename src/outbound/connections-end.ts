import { setMaxListeners } from 'node:events'

/** Ends every connection of a client, also one that is still being opened: pools only know those that are open. */
export interface ConnectionsEnd {
  /** An option of `net.connect` and `tls.connect`. */
  readonly signal: AbortSignal
  readonly destroyAll: () => void
}

export function createConnectionsEnd(): ConnectionsEnd {
  const controller = new AbortController()
  // Each connection adds a listener. Node warns above ten.
  setMaxListeners(0, controller.signal)
  return { signal: controller.signal, destroyAll: () => controller.abort() }
}
