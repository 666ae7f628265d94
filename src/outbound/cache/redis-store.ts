/** The connection to a Redis or Valkey server. Reads have a short time limit, after which an entry counts as missing. */
export interface RedisStoreOptions {
  readonly url: string
  /** Called with the reason when the server becomes unavailable, and with undefined when it is available again. */
  readonly report: (problem: string | undefined) => void
  /** The longest wait for an answer, in milliseconds. */
  readonly answerTimeout: number
}

export interface RedisStore {
  /** undefined: no entry, or no answer. Returns undefined without a promise while the server is unavailable. */
  get(name: string): Promise<Buffer | undefined> | undefined
  set(name: string, bytes: Buffer, lifetime: number): void
  close(): void
}

type Client = Awaited<ReturnType<typeof createConnection>>

/**
 * Milliseconds: the pause after an answer that did not come in time; the time limit of a new connection; between pings;
 * until a silent connection is closed; the longest wait before reconnecting.
 */
const times = { rest: 1000, connect: 2000, ping: 2000, dead: 5000, reconnect: 2000 }
/** Maximum of commands that wait for answers; further ones are not sent. */
const mostWaiting = 10_000

/** Connects immediately, and reconnects until it is closed. */
export function openRedisStore({ url, report, answerTimeout }: RedisStoreOptions): RedisStore {
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
    // It retries itself; it rejects only when it is closed meanwhile.
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
      }, answerTimeout)
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

/** Loads the client library only when Redis is used, because it costs 0.1 s and 20 MB. */
async function createConnection(url: string) {
  const { createClient, RESP_TYPES } = await import('@redis/client')
  return createClient({
    url,
    // All versions of servers and proxies support it.
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
