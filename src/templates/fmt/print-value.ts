/** Formats any value under one verb, as Go's fmt does. */
import { entryOf, itemsOf, sortedKeysOf } from '../go/collections.ts'
import { intTypes } from '../go/int-types.ts'
import { kinded, kindOf, typeName } from '../go/kind.ts'
import { isNil } from '../go/nil.ts'
import { checkSize } from '../go/size.ts'
import {
  type GoInt,
  type GoList,
  type GoMap,
  type GoStruct,
  go,
  type Value,
  type ValueMap,
} from '../go/value.ts'
import { type Flags, noFlags, pad } from './flags.ts'
import { formatInt } from './integer.ts'
import { formatNumber } from './number.ts'
import { formatBool, formatString, plain } from './text.ts'

/** How to print: the verb, its flags, the nesting depth, and whether this is part of an error's text. */
interface Style {
  readonly verb: string
  readonly flags: Flags
  readonly depth: number
  readonly erroring: boolean
}

export function printArgument(value: Value, verb: string, flags: Flags): string {
  const style = { verb, flags, depth: 0, erroring: false }
  if (value === null || value === undefined) {
    return verb === 'T' || verb === 'v' ? pad('<nil>', flags) : badVerb(undefined, style)
  }
  if (verb === 'T') return plain(typeName(value), flags)
  if (verb === 'w') return badVerb(value, style)
  return verb === 'p' ? printPointer(value, style) : printValue(value, style)
}

/** `%v` without flags, which `{{ x }}` and most functions use. */
export function textOfValue(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return printArgument(value, 'v', noFlags)
}

function badVerb(value: Value, style: Style): string {
  if (value === undefined) return `%!${style.verb}(<nil>)`
  const inner = printValue(value, { ...style, verb: 'v', depth: 0, erroring: true })
  return `%!${style.verb}(${typeName(value)}=${inner})`
}

function printValue(value: Value, style: Style): string {
  const { verb, flags } = style
  const it = kinded(value)
  switch (it.kind) {
    case 'nil':
      return flags.sharpV ? 'interface {}(nil)' : '<nil>'
    case 'string':
      return formatString(it.value, verb, flags) ?? badVerb(value, style)
    case 'bool':
      return formatBool(it.value, verb, flags) ?? badVerb(value, style)
    case 'float':
      return formatNumber(it.value, verb, flags) ?? badVerb(value, style)
    case 'int':
      return printInt(it.value, style)
    case 'list':
      return printList(it.value, style)
    case 'map':
      return printMap(it.value, style)
    case 'pointer':
    case 'struct':
      return ownText(it.value, style) ?? printTarget(it.value, style)
  }
}

function printInt(number: GoInt, style: Style): string {
  const { verb, flags, erroring } = style
  const { unsigned, text } = intTypes[number.type]
  if (text !== undefined && !erroring && !flags.sharpV && stringable.has(verb)) {
    return formatString(text(number.value), verb, flags) ?? ''
  }
  if (unsigned && verb === 'v' && flags.sharpV) {
    return formatInt(number.value, 'x', { ...flags, sharp: true }) ?? ''
  }
  return formatInt(number.value, verb, flags) ?? badVerb(number, style)
}

const inner = (style: Style): Style => ({ ...style, depth: style.depth + 1 })

function joined<T>(items: readonly T[], commas: boolean, print: (item: T) => string): string {
  const separator = commas ? ', ' : ' '
  let text = ''
  items.forEach((item, i) => {
    text = checkSize(text + (i > 0 ? separator : '') + print(item))
  })
  return text
}

function printList(list: readonly Value[] | GoList, style: Style): string {
  const { sharpV } = style.flags
  if (sharpV && isNil(list)) return `${typeName(list)}(nil)`
  const items = joined(itemsOf(list), sharpV, item => printValue(item, inner(style)))
  return sharpV ? `${typeName(list)}{${items}}` : `[${items}]`
}

function printMap(map: ValueMap | GoMap, style: Style): string {
  const { sharpV } = style.flags
  if (sharpV && isNil(map)) return `${typeName(map)}(nil)`
  const entries = joined(sortedKeysOf(map), sharpV, key => {
    const shown = printValue(key, inner(style))
    return `${shown}:${printValue(entryOf(map, key), inner(style))}`
  })
  return sharpV ? `${typeName(map)}{${entries}}` : `map[${entries}]`
}

function printStruct(value: GoStruct, style: Style): string {
  const { sharpV, plusV } = style.flags
  const fields = [...value.type.fields].map(([name, field]) => {
    const text = printValue(field.read(value.target), inner(style))
    return sharpV || plusV ? `${name}:${text}` : text
  })
  return sharpV ? `${value.type.name}{${fields.join(', ')}}` : `{${fields.join(' ')}}`
}

const stringable = new Set(['v', 's', 'x', 'X', 'q'])

/** The text of a value with its own String method, for verbs that print text. */
function ownText(value: GoStruct, style: Style): string | undefined {
  const { verb, flags, erroring } = style
  const { type, target } = value
  if (value[go] === 'struct' && type.textOfStruct !== true) return undefined
  if (verb === 'v' && flags.sharpV && type.goText !== undefined) return type.goText(target)
  if (type.text === undefined || erroring || flags.sharpV || !stringable.has(verb)) return undefined
  return formatString(type.text(target), verb, flags)
}

function printTarget(value: GoStruct, style: Style): string {
  if (value[go] === 'struct') return printStruct(value, style)
  if (style.depth > 0 || value.target === null) return printPointer(value, style)
  return `&${printStruct(value, inner(style))}`
}

/** Go prints an address here, which differs each time; Oarlock always prints the same one. */
const address = 0xc000010000n

const addressed: ReadonlySet<string> = new Set(['pointer', 'map', 'list'])

function printPointer(value: Value, style: Style): string {
  if (!addressed.has(kindOf(value))) return badVerb(value, style)
  const { verb, flags } = style
  const number = isNil(value) ? 0n : address
  if (verb === 'p') return hex(number, flags)
  if (verb !== 'v') return addressUnder(number, value, style)
  if (flags.sharpV) return goPointer(value, number)
  return number === 0n ? pad('<nil>', flags) : hex(number, flags)
}

function addressUnder(number: bigint, value: Value, style: Style): string {
  const { verb, flags } = style
  const text = 'bodxX'.includes(verb) ? formatInt(number, verb, flags) : undefined
  return text ?? badVerb(value, style)
}

const goPointer = (value: Value, number: bigint): string =>
  `(${typeName(value)})(${number === 0n ? 'nil' : `0x${number.toString(16)}`})`

const hex = (number: bigint, flags: Flags): string =>
  formatInt(number, 'x', { ...flags, sharp: !flags.sharp }) ?? ''
