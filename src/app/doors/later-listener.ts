import type { RequestListener } from '../../doors/http/listener.ts'
import { loadOnce } from '../../lib/load-once.ts'

export interface LaterListener {
  /** A request that comes before the modules are loaded waits for them. */
  readonly listener: RequestListener
  /** Loads the modules now. Rejects when they cannot be loaded. */
  readonly load: () => Promise<unknown>
}

/** A listener whose modules no decision needs: `make` imports them after the ports are open, or for the first request. */
export function createLaterListener(
  make: () => Promise<RequestListener>,
  onBug: (bug: unknown) => void,
): LaterListener {
  let made: RequestListener | undefined
  const load = loadOnce(async () => {
    made = await make()
    return made
  })
  return {
    load,
    listener: (incoming, response) => {
      if (made !== undefined) return made(incoming, response)
      load()
        .then(listener => listener(incoming, response))
        .catch(bug => {
          onBug(bug)
          response.destroy()
        })
    },
  }
}
