/** Names the key in what keeps a door from listening. */

/** Where a door is to listen: a port, or a unix socket where one is named. */
interface Place {
  readonly port: number
  readonly socket?: string | undefined
}

/** `section` is the door's, such as `serve.api`. Rejects with an Error that begins with the key and its value. */
export async function listening<Listener>(
  section: string,
  { port, socket }: Place,
  opening: Promise<Listener>,
): Promise<Listener> {
  try {
    return await opening
  } catch (error) {
    const key = socket ? `${section}.socket ${socket}` : `${section}.port ${port}`
    throw new Error(`${key}: ${(error as Error).message}`, { cause: error })
  }
}
