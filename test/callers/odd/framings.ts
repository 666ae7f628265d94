/** Bodies whose end different programs see in different places; most have a request inside or after them. */
import { smuggled } from './texts.ts'

const posting = (headers: readonly string[], body: string, version = '1.1'): string =>
  `${[`POST /matched/a HTTP/${version}`, 'Host: app.example', ...headers].join('\r\n')}\r\n\r\n${body}`

const chunked = 'Transfer-Encoding: chunked'
const length = (value: string | number): string => `Content-Length: ${value}`
const hello = '5\r\nhello\r\n0\r\n\r\n'
const inChunks = (body: string, ...headers: readonly string[]): string =>
  posting([chunked, ...headers], body)

const encodings = [
  ...['CHUNKED', 'chunked, chunked', 'chunked, identity', 'identity', 'gzip, chunked', 'xchunked'],
  ...['chunked\t', '\x0bchunked', 'chunked;a=b', '"chunked"', ',chunked', 'identity, chunked', ''],
  ...['chunked\r\nTransfer-Encoding: identity', 'identity\r\nTransfer-Encoding: chunked'],
]

const lengths = [
  ...['5\r\nContent-Length: 5', '5\r\nContent-Length: 0', '0\r\nContent-Length: 5', '5, 5', '5, 0'],
  ...['+5', '-5', '0x5', '05', '5;', '5 0', '5.0', '', '18446744073709551621', '0', 'x', '\x0b5'],
]

const chunkHeads = [
  ...['5;x=y', '5;x="a\nb"', '5;x="a\r\nb"', '5;', '5 ;x', '5 ', ' 5', '05', '0x5', '+5', '-5', ''],
  ...['5\n', '5\r', '5;x\n', '5;x\r', '5\x0b', '0000000000000000000005', '10000000000000005', 'g'],
  `5;${'x'.repeat(9000)}`,
]

const trailers = [
  'X-User: root',
  'X_User: root',
  'x-user : root',
  'Host: other.example',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  ' X-User: root',
  'X-A: b\r\n X-User: root',
]

const mapped = (
  kind: string,
  texts: readonly string[],
  toBytes: (text: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(texts.map(text => [`${kind} ${JSON.stringify(text)}`, toBytes(text)]))

export const framings: Readonly<Record<string, string>> = {
  ...mapped('encoding', encodings, encoding =>
    posting([`Transfer-Encoding: ${encoding}`], hello + smuggled),
  ),
  ...mapped('Transfer-Encoding and Content-Length', encodings, encoding =>
    posting([length(hello.length), `Transfer-Encoding: ${encoding}`], hello + smuggled),
  ),
  ...mapped('length', lengths, value => posting([length(value)], `hello${smuggled}`)),
  ...mapped('chunk', chunkHeads, head => inChunks(`${head}\r\nhello\r\n0\r\n\r\n${smuggled}`)),
  ...mapped('trailer', trailers, trailer =>
    inChunks(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n${smuggled}`, 'Trailer: x-user, host'),
  ),
  'a length of everything, and chunked': posting(
    [length(smuggled.length + 5), chunked],
    `0\r\n\r\n${smuggled}`,
  ),
  'chunked, and a length after it': posting([chunked, length(4)], `5c\r\n${smuggled}`),
  'chunks with a space before the colon': posting(
    ['Transfer-Encoding : chunked', length(5)],
    `0\r\n\r\n${smuggled}`,
  ),
  'chunks with an underscore': posting(
    ['Transfer_Encoding: chunked', length(5)],
    `0\r\n\r\n${smuggled}`,
  ),
  'chunks in a folded line': posting(
    ['Transfer-Encoding:', ' chunked', length(5)],
    `0\r\n\r\n${smuggled}`,
  ),
  'chunks hidden in a header': posting(
    ['X-A: b', ' Transfer-Encoding: chunked', length(5)],
    `0\r\n\r\n${smuggled}`,
  ),
  'chunks that Connection names': posting(
    ['Connection: transfer-encoding', chunked],
    hello + smuggled,
  ),
  'a length that Connection names': posting(
    ['Connection: content-length', length(5)],
    `hello${smuggled}`,
  ),
  'chunks of HTTP/1.0': posting([chunked], hello + smuggled, '1.0'),
  'chunks and a length of HTTP/1.0': posting([chunked, length(5)], hello + smuggled, '1.0'),
  'neither encoding nor length': posting([], `hello${smuggled}`),
  'a body without its end': posting([length(500)], smuggled),
  'chunks without a last chunk': inChunks(`5\r\nhello\r\n${smuggled}`),
  'a chunk longer than its size': inChunks(`3\r\nhello\r\n0\r\n\r\n${smuggled}`),
  'a chunk without its end': inChunks(`5\r\nhello0\r\n\r\n${smuggled}`),
  'chunks with bare LF': inChunks(`5\nhello\n0\n\n${smuggled}`),
  'a last chunk with bare LF': inChunks(`5\r\nhello\r\n0\n\n${smuggled}`),
  'a body after Expect: 100-continue': posting(
    ['Expect: 100-continue', length(5)],
    `hello${smuggled}`,
  ),
  'a request as a body': posting([length(smuggled.length)], smuggled),
  'a request as a body, and another one after it': posting(
    [length(smuggled.length)],
    smuggled + smuggled,
  ),
}
