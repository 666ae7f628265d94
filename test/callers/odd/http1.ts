/** Unusual HTTP/1.1 requests, byte by byte. */
import { framings } from './framings.ts'
import { authorities, methods, names, paths, smuggled, values } from './texts.ts'
import { upgrades } from './upgrades.ts'

const host = 'Host: app.example'
const other = 'Host: other.example'

const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`
const headed = (...headers: readonly string[]): string =>
  lines('GET /matched/a HTTP/1.1', host, ...headers)
const asking = (target: string, ...headers: readonly string[]): string =>
  lines(`GET ${target} HTTP/1.1`, ...(headers.length > 0 ? headers : [host]))

const targets = [
  'http://app.example/matched/a',
  'HTTP://APP.EXAMPLE/matched/a',
  'http://app.example/matched/../admin',
  'http://app.example:8080/matched/a',
  'http://user@app.example/matched/a',
  'http://app.example@other.example/matched/a',
  'http://app.example\\@other.example/matched/a',
  'http://app.example#@other.example/matched/a',
  'http://app.example',
  'http://app.example?/matched/a',
  'http://app.example/matched/a#/../../admin',
  'http:///matched/a',
  'http:/matched/a',
  'http:matched/a',
  'http://app.example//admin',
  'ftp://app.example/matched/a',
  'app.example:80',
  'app.example/matched/a',
]

const versions = ['HTTP/1.0', 'HTTP/0.9', 'HTTP/1.2', 'HTTP/3.0', 'http/1.1', 'HTTP/1.1 ', 'H', '']

const connections = [
  ...['x-user', 'X-User, close', 'close, x-user', 'keep-alive, x-user', 'x-user\r\nConnection: x'],
  ...['host', 'content-length', 'transfer-encoding', 'x-forwarded-proto', ':path', ','],
]

const heads = {
  'no host': lines('GET /matched/a HTTP/1.1'),
  'no host, HTTP/1.0': lines('GET /matched/a HTTP/1.0'),
  'no version': lines('GET /matched/a'),
  'two hosts': headed(other),
  'two hosts, the other first': lines('GET /matched/a HTTP/1.1', other, host),
  'the same host twice': headed(host),
  'a host in another case': headed('HOST: other.example'),
  'a second, empty host': headed('Host:'),
  'a host with a space': headed('Host : other.example'),
  'a folded host': lines('GET /matched/a HTTP/1.1', host, '\tother.example'),
  'a host in a folded line': headed('X-A: b', ` ${other}`),
  'absolute, no host': lines('GET http://app.example/matched/a HTTP/1.1'),
  'absolute, another host': asking('http://app.example/matched/a', other),
  'absolute, two hosts': asking('http://app.example/matched/a', host, other),
  'absolute, the host of another': asking('http://other.example/matched/a'),
  'X-User in a folded line': headed('X-A: b', ' X-User: root'),
  'X-User in two folded lines': headed('X-User: a', '\troot'),
  'a folded line first': lines('GET /matched/a HTTP/1.1', ` ${host}`, host),
  'a line without a name': headed(': root'),
  'a line without a colon': headed('X-User root'),
  'a name with a space': headed('X-User : root'),
  'bare LF': 'GET /matched/a HTTP/1.1\nHost: app.example\nX-User: root\n\n',
  'bare CR': 'GET /matched/a HTTP/1.1\rHost: app.example\rX-User: root\r\r',
  'a bare CR in a line': headed('X-A: b\rX-User: root'),
  'lines before': `\r\n\r\n${headed()}`,
  'spaces before': ` ${headed()}`,
  'tabs between': lines('GET\t/matched/a\tHTTP/1.1', host),
  'two spaces': lines('GET  /matched/a  HTTP/1.1', host),
  'a tab after the target': lines('GET /matched/a\tX HTTP/1.1', host),
  'CONNECT with a host': lines('CONNECT app.example:443 HTTP/1.1', 'Host: app.example:443'),
  'OPTIONS *': lines('OPTIONS * HTTP/1.1', host),
  'TE and Trailer': headed('TE: trailers', 'Connection: TE, x-user', 'Trailer: x-user'),
  'Proxy-Connection': headed('Proxy-Connection: x-user', 'Keep-Alive: x-user'),
  'another expectation': headed('Expect: x'),
  'another method in a header': headed('X-HTTP-Method-Override: DELETE', 'X-Method: DELETE'),
  'the preface of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled}`,
  'two pipelined requests': headed() + headed('X-User: root'),
  'a forbidden request after an allowed one': headed() + smuggled,
  'a forbidden request after Connection: close': headed('Connection: close') + smuggled,
}

const texts = [
  ...[...paths, ...targets].map(target => asking(target)),
  ...authorities.map(authority => asking('/matched/a', `Host: ${authority}`)),
  ...methods.map(method => lines(`${method} /matched/a HTTP/1.1`, host)),
  ...versions.map(version => lines(`GET /matched/a ${version}`, host)),
  ...names.map(name => headed(`${name}: root`)),
  ...values.map(value => headed(`X-A: ${value}`)),
  ...connections.map(value => headed(`Connection: ${value}`)),
  ...upgrades.map(headers => headed(...headers.map(line => line.join(': '))) + smuggled),
  ...Object.values(heads),
  ...Object.values(framings),
]

const inBytes = (text: string): Buffer => Buffer.from(text, 'latin1')

export const oddHttp1: readonly Buffer[] = texts.map(inBytes)

/** HTTP/1.1 requests that claim to be HTTP/2. */
export const claimedHttp2: readonly Buffer[] = ['', 'Expect: 100-continue\r\n']
  .map(header => `GET /matched/a HTTP/2.0\r\n${host}\r\n${header}\r\n`)
  .map(inBytes)
