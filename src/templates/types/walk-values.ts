/** What is known of the value of a pipeline, and the mistakes in it. */
import { nearest } from '../../lib/schema/nearest.ts'
import type { Known } from '../go/known.ts'
import { isBody, knownSession, memberTypes, titles } from '../go/session.ts'
import type { StructType } from '../go/value.ts'
import type { CommandNode, Operand, PipeNode, VariableNode } from '../syntax/nodes.ts'
import { rootSlot } from '../syntax/parser-state.ts'
import { show } from '../syntax/show.ts'
import { type Place, report, type Walk } from './walk.ts'

/** Only a single command hands on what it reads; a function gives a value of which nothing is known. */
export function typeOfPipe(walk: Walk, place: Place, { commands }: PipeNode): Known | undefined {
  const types = commands.map(command => typeOfCommand(walk, place, command))
  return types.length === 1 ? types[0] : undefined
}

/** The words after the first are arguments. */
function typeOfCommand(walk: Walk, place: Place, { words }: CommandNode): Known | undefined {
  const [first] = words.map(word => typeOfOperand(walk, place, word))
  return first
}

function typeOfOperand(walk: Walk, place: Place, operand: Operand): Known | undefined {
  const type = readOperand(walk, place, operand)
  return walk.only !== undefined && type === knownSession ? onlyOne(walk, show(operand)) : type
}

function readOperand(walk: Walk, place: Place, operand: Operand): Known | undefined {
  switch (operand.kind) {
    case 'dot':
      return place.dot
    case 'field':
      return read(walk, place.dot, { from: '', names: operand.names })
    case 'variable':
      return read(walk, variableOf(walk, place, operand), {
        from: operand.name,
        names: operand.names,
      })
    case 'chain':
      return read(walk, typeOfOperand(walk, place, operand.of), {
        from: `(${show(operand.of)})`,
        names: operand.names,
      })
    case 'pipe':
      return typeOfPipe(walk, place, operand)
    default:
      return undefined
  }
}

/** A `$` that gets other values is still the session before. */
function variableOf(
  { only }: Walk,
  { root, slots, assigned }: Place,
  { slot }: VariableNode,
): Known | undefined {
  const isSure = slot === rootSlot && only !== undefined
  if (assigned.has(slot) && !isSure) return undefined
  return slot === rootSlot ? root : slots.get(slot)
}

interface Path {
  /** What is written before the names. */
  readonly from: string
  readonly names: readonly string[]
}

function read(walk: Walk, start: Known | undefined, { from, names }: Path): Known | undefined {
  let type = start
  let before = from
  for (const wanted of names) {
    if (type === undefined) return undefined
    if (walk.only !== undefined && type === knownSession && wanted !== walk.only) {
      return onlyOne(walk, `${before}.${wanted}`)
    }
    if (type.kind !== 'struct') return report(walk, withoutFields(before, wanted, type))
    const problem = problemOf(type.type, before, wanted)
    if (problem !== undefined) return report(walk, problem)
    type = memberOf(walk, type.type, wanted)
    before = `${before}.${wanted}`
  }
  return type
}

function memberOf(walk: Walk, type: StructType, member: string): Known | undefined {
  if (isBody(type, member)) walk.readsBody = true
  return memberTypes.get(type)?.get(member)
}

const onlyOne = (walk: Walk, found: string): undefined =>
  report(walk, `found ${found}, expected .${walk.only}: nothing else can be read here`)

const withoutFields = (before: string, wanted: string, { kind }: Known): string =>
  `${before}.${wanted}: ${before === '' ? 'the dot' : before} is a ${kind}, which has no fields`

function problemOf(
  { fields, methods, name }: StructType,
  before: string,
  wanted: string,
): string | undefined {
  if (fields.has(wanted) || methods.has(wanted)) return undefined
  const known = [...fields.keys(), ...methods.keys()]
  const lower = wanted.toLowerCase()
  const meant = known.find(field => field.toLowerCase() === lower) ?? nearest(wanted, known)
  const hint = meant === undefined ? '' : `; did you mean ${before}.${meant}?`
  const holder = /^\$?$/.test(before) ? (titles.get(name) ?? name) : before
  return `${before}.${wanted}: ${holder} has no field ${wanted}${hint}`
}
