/** Reads a line of the decision log with its capsule. Lines come from anywhere: what is not as expected is refused. */
import { capsuleVersion, type WholeCapsule } from '../../capsule/format.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { either, type Is, isNull, isNumber, isText, listOf, mapOf } from '../../lib/shape.ts'
import type { DoorName } from '../../model/request.ts'

/** A decision that can be made again. */
export interface LoggedCapsule {
  readonly door: DoorName
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly granted: boolean
  /** Of a denial. */
  readonly status: number | undefined
  readonly rule: string | undefined
  readonly capsule: WholeCapsule
}

/** A text says why the line has no capsule that can be used; undefined: it has none. */
export function readCapsule(line: JsonObject): LoggedCapsule | string | undefined {
  const { capsule, request, door, granted, status, rule } = line
  if (capsule === undefined) return undefined
  if (!isJsonObject(capsule)) return 'capsule: expected an object'
  if (isDeep(capsule)) return `capsule: found more than ${mostLevels} levels, expected fewer`
  const { v, omitted } = capsule
  if (v !== capsuleVersion) {
    return `capsule.v: found ${shown(v)}, expected ${capsuleVersion}: another version wrote it`
  }
  if (typeof omitted === 'string') return `the capsule was left out: ${omitted}`
  const wrong = wrongMember(capsule, members, 'capsule') ?? wrongMember(line, decided, 'line')
  if (wrong !== undefined) return wrong
  const { method, scheme, host, path } = request as unknown as LoggedCapsule
  return {
    door: door as DoorName,
    method,
    scheme,
    host,
    path,
    granted: granted === true,
    status: typeof status === 'number' ? status : undefined,
    rule: typeof rule === 'string' ? rule : undefined,
    capsule: capsule as unknown as WholeCapsule,
  }
}

/** More than a service's answer has. Whatever walks through it uses the stack. */
const mostLevels = 200

function isDeep(capsule: JsonObject): boolean {
  let level: readonly JsonValue[] = [capsule]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) return true
    level = level.flatMap(value =>
      typeof value === 'object' && value !== null ? (Object.values(value) as JsonValue[]) : [],
    )
  }
  return false
}

const shown = (value: JsonValue | undefined): string => JSON.stringify(value ?? null).slice(0, 60)

const doors: readonly unknown[] = [
  'grpc',
  'decisions',
  'proxy',
  'lambda',
  'middleware',
] satisfies DoorName[]

/** `?` after a name: it may be absent. */
interface Members {
  readonly [name: string]: Is | Members
}

const isTrue: Is = value => value === true
const isAny: Is = () => true
const isObject: Is = value => isJsonObject(value)

const texts = listOf(isText)
const valuesByName = mapOf(either(texts, isNull))
const textsByName = mapOf(either(isText, isNull))
const isParameter: Is = value =>
  Array.isArray(value) &&
  value.length === 2 &&
  isText(value[0] ?? null) &&
  either(isText, isNull)(value[1] ?? null)

const changes: Members = {
  'subject?': either(isText, isNull),
  'extra?': either(isObject, isNull),
  'partial?': isTrue,
  'headers?': either(valuesByName, isNull),
  'response?': valuesByName,
  'query?': textsByName,
  'credential?': isObject,
}

const failure: Members = {
  message: isText,
  'reason?': isText,
  'details?': isAny,
  'for_clients?': isTrue,
  'headers?': valuesByName,
  'refusal?': isTrue,
  'token_error?': isObject,
}

const step: Members = {
  id: isText,
  stage: isText,
  handler: isText,
  outcome: isText,
  'changes?': changes,
  'failure?': failure,
  'condition?': isTrue,
}

const decided: Members = {
  door: value => doors.includes(value),
  granted: value => typeof value === 'boolean',
  request: { method: isText, scheme: isText, host: isText, path: isText },
}

const members: Members = {
  v: isAny,
  rules: isText,
  strategy: isText,
  now: isNumber,
  request: {
    headers: valuesByName,
    query: either(listOf(isParameter), isNull),
    client: textsByName,
    'context?': textsByName,
    'metadata?': isObject,
    path: isText,
    host: isText,
    'path_escapes?': isText,
    'written_path?': isText,
    'scheme_fallback?': isText,
    'rpc?': isText,
    'body?': isTrue,
  },
  'captures?': { groups: texts, named: mapOf(isText) },
  steps: listOf(value => isJsonObject(value) && wrongMember(value, step, '') === undefined),
}

/** The first member that is not as expected. Unknown members are left alone: a later version may write them. */
function wrongMember(object: JsonObject, expected: Members, place: string): string | undefined {
  for (const [written, is] of Object.entries(expected)) {
    const name = written.replace('?', '')
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    if (value === undefined && written !== name) continue
    const wrong = wrongValue(value, is, `${place}.${name}`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function wrongValue(
  value: JsonValue | undefined,
  is: Is | Members,
  where: string,
): string | undefined {
  if (value === undefined) return `${where}: found nothing, expected a value`
  if (typeof is === 'function') {
    return is(value) ? undefined : `${where}: found ${shown(value)}, expected what the log writes`
  }
  return isJsonObject(value)
    ? wrongMember(value, is, where)
    : `${where}: found ${shown(value)}, expected an object`
}
