/** SecurityPolicy of Envoy Gateway. */
import type { EdgeFile } from '../caller.ts'
import { isSet, type Located, listOf } from '../document.ts'
import { bodyOf, openFault, plainCaller, timeoutOf, wrongPath } from '../settings.ts'
import { nameOf } from './resource.ts'

/** Envoy Gateway waits ten seconds by default. */
export function readSecurityPolicy(document: Located): EdgeFile {
  const auth = document.get('spec', 'extAuth')
  if (!isSet(auth)) return { callers: [], notes: [] }
  const http = auth.get('http')
  const isHttp = isSet(http)
  const sends = auth.get('headersToExtAuth')
  return {
    callers: [
      {
        ...plainCaller(nameOf(document), auth.at),
        protocol: isHttp ? 'http' : 'grpc',
        failOpen: openFault(auth.get('failOpen'), 'failOpen'),
        disabled: isHttp ? wrongPath(http.get('path')) : [],
        ...timeoutOf(auth.get('timeout'), 10_000),
        sends: isHttp || isSet(sends) ? listOf(sends) : undefined,
        copies: isHttp ? listOf(http.get('headersToBackend')) : undefined,
        ...bodyOf(auth.get('bodyToExtAuth'), 'maxRequestBytes'),
      },
    ],
    notes: [],
  }
}
