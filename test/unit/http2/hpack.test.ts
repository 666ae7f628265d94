import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHpackDecoder, type HpackDecoder } from '../../../src/http2/hpack/decoder.ts'
import { encodeFields } from '../../../src/http2/hpack/encode.ts'
import { decodeHuffman } from '../../../src/http2/hpack/huffman.ts'
import { createRandom } from '../../fuzz/random.ts'
import { clientBlocks, randomFields } from '../../support/hpack-blocks.ts'

const listBytes = 65_536
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

type Pairs = readonly (readonly [string, string])[]

function decodeWith(decoder: HpackDecoder, block: Buffer): Pairs | undefined {
  return decoder
    .decode(block, 0, block.length)
    ?.fields.map(({ name, value }) => [name, value] as const)
}

const decode = (block: Buffer): Pairs | undefined =>
  decodeWith(createHpackDecoder(listBytes), block)

/** The blocks of a connection, one after the other. */
interface Story {
  readonly blocks: readonly (readonly [block: string, fields: Pairs])[]
  /** The size of the table, set before the first block. */
  readonly tableSize?: number
}

const first: Pairs = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
]
const requests: readonly Pairs[] = [
  first,
  [...first, ['cache-control', 'no-cache']],
  [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/index.html'],
    [':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ],
]
const responses: readonly Pairs[] = ['302', '307', '200'].map((status, i) => [
  [':status', status],
  ['cache-control', 'private'],
  ['date', `Mon, 21 Oct 2013 20:13:2${i < 2 ? 1 : 2} GMT`],
  ['location', 'https://www.example.com'],
  ...(i < 2
    ? []
    : [
        ['content-encoding', 'gzip'] as const,
        ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'] as const,
      ]),
])

const storyOf = (
  blocks: readonly string[],
  lists: readonly Pairs[],
  tableSize?: number,
): Story => ({
  blocks: blocks.map((block, i) => [block, lists[i] ?? []] as const),
  ...(tableSize !== undefined && { tableSize }),
})

/** RFC 7541, Appendix C. */
const stories: Readonly<Record<string, Story>> = {
  'C.2.1': storyOf(
    ['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'],
    [[['custom-key', 'custom-header']]],
  ),
  'C.2.2': storyOf(['040c 2f73 616d 706c 652f 7061 7468'], [[[':path', '/sample/path']]]),
  'C.2.3': storyOf(['1008 7061 7373 776f 7264 0673 6563 7265 74'], [[['password', 'secret']]]),
  'C.2.4': storyOf(['82'], [[[':method', 'GET']]]),
  'C.3': storyOf(
    [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
    requests,
  ),
  'C.4': storyOf(
    [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
    requests,
  ),
  'C.5': storyOf(
    [
      '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
    responses,
    256,
  ),
  'C.6': storyOf(
    [
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
    responses,
    256,
  ),
}

for (const [example, { blocks, tableSize }] of Object.entries(stories)) {
  test(`the example ${example} of RFC 7541 is decoded`, () => {
    const decoder = createHpackDecoder(listBytes)
    if (tableSize !== undefined) decodeWith(decoder, sizeUpdate(tableSize))
    for (const [block, fields] of blocks) assert.deepEqual(decodeWith(decoder, hex(block)), fields)
  })
}

/** RFC 7541, 5.1. */
function integer(bits: number, first: number, value: number): Buffer {
  const most = 2 ** bits - 1
  if (value < most) return Buffer.of(first | value)
  const bytes = [first | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.of(...bytes, rest)
}

const sizeUpdate = (size: number): Buffer => integer(5, 0x20, size)
const literal = Buffer.from([0x40, 1, 0x61, 1, 0x62])

test('integers of RFC 7541 C.1 are encoded as they are decoded', () => {
  assert.deepEqual(integer(5, 0, 10), hex('0a'))
  assert.deepEqual(integer(5, 0, 1337), hex('1f9a0a'))
  assert.deepEqual(integer(8, 0, 42), hex('2a'))
  const decoder = createHpackDecoder(listBytes)
  assert.deepEqual(decodeWith(decoder, sizeUpdate(1337)), [])
  assert.deepEqual(decodeWith(decoder, Buffer.concat([sizeUpdate(10), literal])), [['a', 'b']])
})

const valid: Readonly<Record<string, Buffer>> = {
  'an empty block': Buffer.alloc(0),
  'two updates of the size': Buffer.concat([sizeUpdate(0), sizeUpdate(4096), literal]),
  'an update of the size without fields': sizeUpdate(100),
  'an empty Huffman text': hex('00 81 1f 80'),
  'a field that is never indexed': hex('10 01 61 01 62'),
}

for (const [what, block] of Object.entries(valid)) {
  test(`${what} is decoded`, () => assert.notEqual(decode(block), undefined))
}

const invalid: Readonly<Record<string, Buffer>> = {
  'the index 0': hex('80'),
  'an index above both tables': hex('be'),
  'a large index': hex('ff ff 7f'),
  'the name of an index above both tables': hex('7f 00 01 61'),
  'an integer that does not end': hex('ff'),
  'an integer of more than 31 bits': hex('ff ff ff ff ff 0f'),
  'an integer of many zero bytes': hex('ff 80 80 80 80 80 80 80 00'),
  'an integer above 2^64': hex('ff ff ff ff ff ff ff ff ff ff ff ff 7f'),
  'a name that does not end': hex('40 05 61'),
  'a value that does not end': hex('40 01 61 05 62'),
  'a field without a name': hex('40'),
  'a field without a value': hex('40 01 61'),
  'a length of 2^28': hex('40 01 61 7f 80 80 80 7f'),
  'an update of the size above the setting': sizeUpdate(4097),
  'an update of the size that does not end': hex('3f'),
  'an update of the size behind a field': Buffer.concat([literal, sizeUpdate(0)]),
  'three updates of the size': Buffer.concat([sizeUpdate(0), sizeUpdate(1), sizeUpdate(2)]),
  'padding of eight ones': hex('00 01 61 82 1f ff'),
  'padding of zeros': hex('00 01 61 81 18'),
  'padding of a whole byte': hex('00 01 61 81 ff'),
  'the symbol of the end': hex('00 01 61 84 ff ff ff ff'),
  'the symbol of the end behind a text': hex('00 01 61 85 1f ff ff ff ff'),
  'a symbol that does not end': hex('00 01 61 81 fe'),
}

for (const [what, block] of Object.entries(invalid)) {
  test(`${what} is refused`, () => assert.equal(decode(block), undefined))
}

test('an index of an entry that an update of the size dropped is refused', () => {
  const decoder = createHpackDecoder(listBytes)
  assert.deepEqual(decodeWith(decoder, Buffer.concat([literal, hex('be')])), [
    ['a', 'b'],
    ['a', 'b'],
  ])
  assert.equal(
    decodeWith(decoder, Buffer.concat([sizeUpdate(0), sizeUpdate(4096), hex('be')])),
    undefined,
  )
})

test('a field that is larger than the table empties it', () => {
  const decoder = createHpackDecoder(listBytes)
  const large = encodeFields([['x', 'y'.repeat(5000)]])
  large[0] = 0x40
  assert.equal(decodeWith(decoder, Buffer.concat([literal, large]))?.length, 2)
  assert.equal(decodeWith(decoder, hex('be')), undefined)
})

test('the table has the size of its entries, each with 32 bytes more', () => {
  const decoder = createHpackDecoder(listBytes)
  decodeWith(decoder, Buffer.concat([sizeUpdate(2 * 34), literal, literal, literal]))
  assert.deepEqual(decodeWith(decoder, hex('be bf')), [
    ['a', 'b'],
    ['a', 'b'],
  ])
  assert.equal(decodeWith(decoder, hex('c0')), undefined)
})

test('many small entries fill the table, and the oldest leave it', () => {
  const decoder = createHpackDecoder(listBytes)
  const entries = Array.from({ length: 300 }, (_, i) =>
    Buffer.concat([hex('40 00 03'), Buffer.from(String(100 + i))]),
  )
  decodeWith(decoder, Buffer.concat(entries))
  const most = Math.floor(4096 / 35)
  assert.deepEqual(decodeWith(decoder, integer(7, 0x80, 61 + most)), [['', String(400 - most)]])
  assert.equal(decodeWith(decoder, integer(7, 0x80, 62 + most)), undefined)
})

test('a list above the limit is too large, and the table still changes with it', () => {
  const decoder = createHpackDecoder(100)
  const block = encodeFields([
    ['a', 'x'.repeat(60)],
    ['b', 'y'.repeat(60)],
  ])
  const all = Buffer.concat([block, literal])
  assert.equal(decoder.decode(all, 0, all.length)?.isTooLarge, true)
  assert.deepEqual(decodeWith(decoder, hex('be')), [['a', 'b']])
})

test('a block is read between its bounds', () => {
  const block = hex('82 84 82')
  const decoder = createHpackDecoder(listBytes)
  assert.equal(decoder.decode(block, 1, 2)?.fields[0]?.name, ':path')
})

test('every byte has the Huffman code that node:http2 writes', async () => {
  const random = createRandom(7)
  const value = (): string =>
    Array.from({ length: 200 }, () => String.fromCharCode(33 + random.int(94))).join('')
  const lists = Array.from({ length: 20 }, (_, i) => [[`x-${i}`, value()] as const])
  const decoder = createHpackDecoder(listBytes)
  for (const [i, block] of (await clientBlocks(lists)).entries()) {
    const found = decodeWith(decoder, block)?.filter(([name]) => !name.startsWith(':'))
    assert.deepEqual(found, lists[i])
  }
})

test('random lists of fields that node:http2 encodes are decoded as they were given', async () => {
  for (const seed of [1, 2, 3]) {
    const random = createRandom(seed)
    const lists = Array.from({ length: 60 }, () => randomFields(random))
    const decoder = createHpackDecoder(listBytes)
    for (const [i, block] of (await clientBlocks(lists)).entries()) {
      const found = decodeWith(decoder, block)?.filter(([name]) => !name.startsWith(':'))
      assert.deepEqual(found, lists[i])
    }
  }
})

test('what the encoder writes is decoded as it was given', () => {
  const random = createRandom(4)
  const decoder = createHpackDecoder(10 * listBytes)
  const lengths = [0, 1, 126, 127, 128, 254, 255, 256, 16_510, 16_511]
  for (let i = 0; i < 200; i += 1) {
    const fields = [...randomFields(random), ['x', 'v'.repeat(random.pick(lengths))] as const]
    assert.deepEqual(decodeWith(decoder, encodeFields(fields)), fields)
  }
})

test('a block that is cut anywhere does not throw', () => {
  for (const { blocks } of Object.values(stories)) {
    for (const [text] of blocks) {
      const block = hex(text)
      for (let cut = 0; cut < block.length; cut += 1) decode(block.subarray(0, cut))
    }
  }
})

test('a Huffman text that is cut anywhere does not throw, and bytes of every value are read', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  for (let start = 0; start < 256; start += 1) decodeHuffman(bytes, start, 256)
  assert.equal(decodeHuffman(bytes, 10, 10), '')
})
