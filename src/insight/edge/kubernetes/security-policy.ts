/** SecurityPolicy of Envoy Gateway. */
import type { Caller } from '../caller.ts'
import { isSet, type Located, listOf, millisecondsOf } from '../document.ts'
import { nameOf, wrongPath } from './names.ts'

/** Of Envoy Gateway, which waits ten seconds by default. */
export function readSecurityPolicy(document: Located): readonly Caller[] {
  const auth = document.get('spec', 'extAuth')
  if (!isSet(auth)) return []
  const http = auth.get('http')
  const isHttp = isSet(http)
  const [open, body, sends] = [
    auth.get('failOpen'),
    auth.get('bodyToExtAuth'),
    auth.get('headersToExtAuth'),
  ]
  const timeout = auth.get('timeout')
  return [
    {
      protocol: isHttp ? 'http' : 'grpc',
      name: nameOf(document),
      at: auth.at,
      failOpen:
        open.value === true
          ? [
              {
                at: open.at,
                message: 'failOpen: true lets requests pass where Oarlock does not answer',
              },
            ]
          : [],
      unnormalized: [],
      unchecked: [],
      disabled: isHttp ? wrongPath(http.get('path')) : [],
      timeout: {
        ms: millisecondsOf(timeout) ?? 10_000,
        at: timeout.at,
        isDefault: !isSet(timeout),
      },
      sends: isHttp || isSet(sends) ? listOf(sends) : undefined,
      copies: isHttp ? listOf(http.get('headersToBackend')) : undefined,
      bodyBytes: isSet(body) ? Number(body.get('maxRequestBytes').value) || 0 : 0,
      bodyAt: body.at,
      retries: [],
    },
  ]
}
