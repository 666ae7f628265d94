/** HTTP/2 frames that a peer could send, valid and not valid. */
import { flag, frame, type } from '../faults/http2-frames.ts'
import { encodeFields, type Fields } from '../support/header-blocks.ts'
import type { Random } from './random.ts'

const oddFields: readonly Fields[] = [
  [['x-a', 'b']],
  [['X-A', 'b']],
  [['', 'b']],
  [['x a', 'b']],
  [['x-a', 'a\x01b']],
  [['x-a', 'a\r\nb: c']],
  [['connection', 'close']],
  [['transfer-encoding', 'chunked']],
  [['content-length', '5']],
  [['content-length', 'x']],
  [
    ['content-length', '1'],
    ['content-length', '2'],
  ],
  [
    ['x-content-type-options', 'a'],
    ['x-content-type-options', 'b'],
  ],
  [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ],
  [['link', '</a>; rel=preload, </b>']],
  [
    ['set-cookie', 'a=b'],
    ['set-cookie', 'c=d'],
  ],
  [['x-big', 'a'.repeat(20_000)]],
  Array.from({ length: 500 }, (_, i) => [`x-${i}`, 'v'] as const),
  [[':status', '200']],
  [[':path', '/']],
  [[':odd', 'x']],
]

/** After these, any other frames are picked. */
export function headersFrame(random: Random, stream: number, pseudo: Fields): Buffer {
  const more = random.chance(0.6) ? random.pick(oddFields) : []
  const payload = encodeFields([...pseudo, ...more])
  const flags =
    (random.chance(0.9) ? flag.endHeaders : 0) | (random.chance(0.3) ? flag.endStream : 0)
  return frame({ type: type.headers, flags, stream, payload })
}

export function anyFrame(random: Random, stream: number): Buffer {
  const bytes = (length: number): Buffer => Buffer.alloc(length, 'x')
  const makers: readonly (() => Buffer)[] = [
    () => frame({ type: type.data, stream, payload: bytes(random.int(3000)) }),
    () => frame({ type: type.data, flags: flag.endStream, stream, payload: bytes(5) }),
    () => frame({ type: type.reset, stream, payload: Buffer.of(0, 0, 0, random.int(14)) }),
    () => frame({ type: type.windowUpdate, stream, payload: Buffer.of(127, 255, 255, 255) }),
    () => frame({ type: type.windowUpdate, payload: Buffer.alloc(4) }),
    () => frame({ type: type.ping, payload: bytes(8) }),
    () => frame({ type: type.ping, payload: bytes(3) }),
    () => frame({ type: type.settings, payload: Buffer.of(0, 4, 0, 0, 0, 0) }),
    () => frame({ type: type.settings, payload: Buffer.of(0, 3, 0, 0, 0, random.int(3)) }),
    () => frame({ type: type.settings, payload: bytes(5) }),
    () => frame({ type: type.goaway, payload: Buffer.alloc(8) }),
    () => frame({ type: type.continuation, stream, payload: bytes(9) }),
    () => frame({ type: type.push, stream, payload: bytes(9) }),
    () => frame({ type: 77, stream, payload: bytes(9) }),
    () => frame({ type: type.data, stream, payload: bytes(9), length: 60_000 }),
    () => encodeTrailers(stream),
  ]
  return random.pick(makers)()
}

const encodeTrailers = (stream: number): Buffer =>
  frame({
    type: type.headers,
    flags: flag.endHeaders | flag.endStream,
    stream,
    payload: encodeFields([['x-t', '1']]),
  })

export const settings = frame({ type: type.settings })
