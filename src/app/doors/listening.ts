/** Adds the configuration key to errors of `listen`. */

/** The address of a door: host and port, or a unix socket. */
interface Place {
  readonly host: string
  readonly port: number
  readonly socket?: string | undefined
}

/** `section` is the door's, such as `serve.api`. Rejects with an Error that begins with the key and its value. */
export async function listening<Listener>(
  section: string,
  place: Place,
  opening: Promise<Listener>,
): Promise<Listener> {
  try {
    return await opening
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${section}.${keyOf(place, message)}: ${message}`, { cause: error })
  }
}

const wrongHost = /ENOTFOUND|EADDRNOTAVAIL|EAI_/

function keyOf({ host, port, socket }: Place, message: string): string {
  if (socket) return `socket ${socket}`
  return wrongHost.test(message) ? `host ${host}` : `port ${port}`
}
