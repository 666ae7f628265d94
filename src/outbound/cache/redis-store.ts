/** The connection to a Redis or Valkey server: every question has an answer soon, if only "nothing". */
export interface RedisStoreOptions {
  readonly url: string
  /** Told why the server cannot be reached when that begins, and undefined when it ends. */
  readonly report: (problem: string | undefined) => void
}

export interface RedisStore {
  /** undefined: not there, or the server does not answer. Synchronous while it cannot be asked. */
  get(name: string): Promise<Buffer | undefined> | undefined
  set(name: string, bytes: Buffer, lifetime: number): void
  close(): void
}

type Client = Awaited<ReturnType<typeof createConnection>>

/** Milliseconds: for one answer; without questions after one that did not come; for a connection; a dead one. */
const times = { answer: 100, rest: 1000, connect: 2000, ping: 2000, dead: 5000, reconnect: 2000 }
/** Commands that wait for answers; more are not sent. */
const mostWaiting = 10_000

/** Connects at once and again whenever the connection ends, until it is closed. */
export function openRedisStore({ url, report }: RedisStoreOptions): RedisStore {
  let client: Client | undefined
  let restUntil = 0
  let lost = false
  let closed = false
  const onLost = (error: Error): void => {
    if (!lost && !closed) report(error.message || error.name)
    lost = true
  }
  const onReady = (): void => {
    if (lost) report(undefined)
    lost = false
  }
  const opening = createConnection(url).then(made => {
    if (closed) return
    client = made
    made.on('error', onLost).on('ready', onReady)
    // It tries until it succeeds, or is closed while it tries.
    made.connect().catch(() => undefined)
  })
  opening.catch(onLost)
  const usable = (): Client | undefined =>
    client?.isReady === true && performance.now() >= restUntil ? client : undefined

  const inTime = (work: Promise<Buffer | null>): Promise<Buffer | undefined> =>
    new Promise(resolve => {
      const timer = setTimeout(() => {
        restUntil = performance.now() + times.rest
        resolve(undefined)
      }, times.answer)
      const end = (bytes: Buffer | null): void => {
        clearTimeout(timer)
        resolve(bytes ?? undefined)
      }
      work.then(end, () => end(null))
    })

  return {
    get: name => {
      const ready = usable()
      return ready && inTime(ready.get(name))
    },
    set: (name, bytes, lifetime) => {
      usable()
        ?.set(name, bytes, { expiration: { type: 'PX', value: lifetime } })
        .catch(() => undefined)
    },
    close: () => {
      closed = true
      if (client?.isOpen) client.destroy()
    },
  }
}

/** The client is loaded for who uses it: it costs 0.1 s and 20 MB. */
async function createConnection(url: string) {
  const { createClient, RESP_TYPES } = await import('@redis/client')
  return createClient({
    url,
    // What servers and proxies of any age speak.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    commandsQueueMaxLength: mostWaiting,
    pingInterval: times.ping,
    socket: {
      connectTimeout: times.connect,
      socketTimeout: times.dead,
      reconnectStrategy: attempt => Math.min(50 * 2 ** Math.min(attempt, 10), times.reconnect),
    },
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  })
}
