/** A request that reports what is read of it. */
import type { Headers } from '../model/headers.ts'
import type { AccessRequest, Client, RequestBody } from '../model/request.ts'
import { allHeaders, type OnRead, WatchedMap } from './watched-map.ts'

export type { OnRead }

export function watchRequest(request: AccessRequest, onRead: OnRead): AccessRequest {
  const { body } = request
  const watched: Readonly<Record<string, unknown>> = {
    headers: watchHeaders(request.headers, onRead),
    client: watchClient(request.client, onRead),
    body: body && watchBody(body, onRead),
  }
  return new Proxy(request, {
    get: (target, key) => {
      if (typeof key === 'string' && Object.hasOwn(watched, key)) return watched[key]
      const named = names.get(key)
      if (named !== undefined) onRead(named)
      return Reflect.get(target, key, target)
    },
  })
}

const names: ReadonlyMap<string | symbol, string> = new Map([
  ['method', 'method'],
  ['scheme', 'scheme'],
  ['host', 'host'],
  ['path', 'path'],
  ['query', 'query'],
  ['context', 'context extensions'],
  ['metadata', 'filter metadata'],
])

/** Names are not reported: they are no values. */
function watchHeaders(headers: Headers, onRead: OnRead): Headers {
  let named: WatchedMap | undefined
  return {
    get pairs() {
      onRead(allHeaders)
      return headers.pairs
    },
    get canonical() {
      named ??= new WatchedMap(headers.canonical, onRead)
      return named
    },
    first: name => {
      onRead(`header ${name}`)
      return headers.first(name)
    },
    all: name => {
      onRead(`header ${name}`)
      return headers.all(name)
    },
    namesWhere: isMeant => headers.namesWhere(isMeant),
    valuesWhere: isMeant => {
      for (const name of headers.namesWhere(isMeant)) onRead(`header ${name.toLowerCase()}`)
      return headers.valuesWhere(isMeant)
    },
  }
}

const watchClient = (client: Client, onRead: OnRead): Client =>
  new Proxy(client, {
    get: (target, key) => {
      if (typeof key === 'string') onRead(`client ${key}`)
      return Reflect.get(target, key, target)
    },
  })

const watchBody = (body: RequestBody, onRead: OnRead): RequestBody => ({
  get isPartial() {
    return body.isPartial
  },
  bytes: limit => {
    onRead('body')
    return body.bytes(limit)
  },
  stream: () => {
    onRead('body')
    return body.stream()
  },
})
