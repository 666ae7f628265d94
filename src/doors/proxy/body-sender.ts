/** Sends a client's body to the upstream. Reads the next chunk when the upstream accepts more. */
import type { OnBug } from '../../lib/guarded.ts'
import type { UpstreamCall } from '../../outbound/upstream/call.ts'

/** A body that is still to be sent. */
export interface ClientBody {
  /** undefined: the body is complete. Rejects when the client disconnects. */
  readonly next: () => Promise<Buffer | undefined>
  /** Stops reading. */
  readonly release: () => void
  /** The trailers for the upstream, flat. Call it when the body is complete. */
  readonly trailers: () => readonly string[]
  /** Largest body, in bytes; 0: no limit. */
  readonly most: number
}

export interface SendingEvents {
  /** Called when the upstream has to accept more, or to answer. */
  readonly onWaiting: () => void
  /** Called when the client has to send more. */
  readonly onSending: () => void
  readonly onTooLong: () => void
  readonly onClientGone: () => void
  readonly onBug: OnBug
}

export interface BodySender {
  readonly start: (call: UpstreamCall) => void
  /** Call it when the upstream accepts more. */
  readonly goOn: () => void
  readonly stop: () => void
  /** True when the whole body was sent. */
  readonly isDone: () => boolean
}

export function createBodySender(body: ClientBody, events: SendingEvents): BodySender {
  let state: 'sending' | 'done' | 'stopped' = 'sending'
  let sent = 0
  let goOn: (() => void) | undefined
  const room = (): Promise<void> =>
    new Promise(resolve => {
      goOn = resolve
    })
  const complete = (call: UpstreamCall): void => {
    state = 'done'
    call.finish(body.trailers())
    events.onWaiting()
  }
  const sendChunk = async (chunk: Buffer, call: UpstreamCall): Promise<void> => {
    sent += chunk.length
    if (body.most > 0 && sent > body.most) events.onTooLong()
    else if (!call.write(chunk)) {
      events.onWaiting()
      await room()
      if (isSending()) events.onSending()
    }
  }
  const isSending = (): boolean => state === 'sending'
  const take = async (next: Buffer | undefined | Error, call: UpstreamCall): Promise<void> => {
    if (!isSending()) return
    if (next instanceof Error) events.onClientGone()
    else if (next === undefined) complete(call)
    else await sendChunk(next, call)
  }
  const send = async (call: UpstreamCall): Promise<void> => {
    while (isSending()) await take(await body.next().catch(toError), call)
  }
  return {
    start: call => void send(call).catch(events.onBug),
    goOn: () => goOn?.(),
    stop: () => {
      if (state === 'sending') state = 'stopped'
      body.release()
      goOn?.()
    },
    isDone: () => state === 'done',
  }
}

const toError = (cause: unknown): Error => new Error('the client disconnected', { cause })
