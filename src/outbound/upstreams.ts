/** Connections for requests that are passed on while they are read: HTTP/1.1, and HTTP/2 where a service offers it over TLS. */
import type { Dispatcher } from 'undici'
import { createDispatcher, type DispatcherOptions } from './http/dispatcher.ts'
import { dispatchHttp2, type Http2Request } from './http2/dispatch.ts'
import { createSessions, type Sessions } from './http2/sessions.ts'

/** One request; its body is read as it is sent. */
export interface UpstreamRequest extends Http2Request {
  readonly origin: string
}

export interface UpstreamConnections {
  /** Tells the handler everything, also that there is no connection. Throws for what cannot be sent. */
  readonly dispatch: (request: UpstreamRequest, handler: Dispatcher.DispatchHandler) => void
  readonly close: () => Promise<void>
}

const connectTimeout = 10_000

export function createUpstreamConnections(
  options: Omit<DispatcherOptions, 'connections' | 'connectTimeout'>,
): UpstreamConnections {
  const dispatcher = createDispatcher({ ...options, connectTimeout })
  const { tls, proxy } = options
  // Through a proxy of ours all goes as HTTP/1.1.
  const isDirect = !proxy?.https
  const sessions = isDirect ? createSessions({ tls, connectTimeout }) : undefined
  const plain = (request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void => {
    const { method, headers, ...rest } = request
    dispatcher.dispatch(
      {
        ...rest,
        method: method as Dispatcher.HttpMethod,
        headers: headers as string[],
        bodyTimeout: 0,
      },
      handler,
    )
  }
  return {
    dispatch: (request, handler) => {
      const secure = request.origin.startsWith('https:')
      if (sessions === undefined || !secure) plain(request, handler)
      else void negotiated({ sessions, plain }, request, handler)
    },
    close: async () => {
      sessions?.close()
      await dispatcher.destroy()
    },
  }
}

interface Ways {
  readonly sessions: Sessions
  readonly plain: UpstreamConnections['dispatch']
}

async function negotiated(
  { sessions, plain }: Ways,
  request: UpstreamRequest,
  handler: Dispatcher.DispatchHandler,
): Promise<void> {
  try {
    const session = await sessions.to(request.origin)
    if (session === undefined) plain(request, handler)
    else dispatchHttp2(session, request, handler)
  } catch (error) {
    handler.onResponseError?.(nothing, error as Error)
  }
}

/** There was no request to control. */
const nothing: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
}
