/** Semantic versions. */
import { callError } from '../go/call-error.ts'
import { fixed, method } from '../go/callable.ts'
import { work } from '../go/rendering.ts'
import {
  type Callable,
  type Field,
  int,
  pointer,
  type StructType,
  type Value,
} from '../go/value.ts'
import {
  compareVersions,
  parseConstraint,
  parseVersion,
  type Version,
  versionText,
} from '../text/version.ts'
import type { FunctionGroup } from './function.ts'

const reads = (read: (version: Version) => Value): Callable => method<Version, []>([], read)

const compares = (apply: (order: number) => Value): Callable =>
  method<Version, ['version']>(['version'], (own, other) => {
    if (other === null) {
      throw callError('runtime error: invalid memory address or nil pointer dereference')
    }
    return apply(compareVersions(own, other as Version))
  })

const versionType: StructType = {
  name: 'semver.Version',
  fields: new Map<string, Field>(),
  methods: new Map<string, Callable>([
    ['Major', reads(({ numbers: [major] }) => int(major, 'uint64'))],
    ['Minor', reads(({ numbers: [, minor] }) => int(minor, 'uint64'))],
    ['Patch', reads(({ numbers: [, , patch] }) => int(patch, 'uint64'))],
    ['Prerelease', reads(({ prerelease }) => prerelease)],
    ['Metadata', reads(({ metadata }) => metadata)],
    ['Original', reads(({ original }) => original)],
    ['String', reads(versionText)],
    ['Compare', compares(order => int(order))],
    ['Equal', compares(order => order === 0)],
    ['LessThan', compares(order => order < 0)],
    ['LessThanEqual', compares(order => order <= 0)],
    ['GreaterThan', compares(order => order > 0)],
    ['GreaterThanEqual', compares(order => order >= 0)],
  ]),
  text: target => versionText(target as Version),
  json: target => versionText(target as Version),
}

function versionOf(text: string): Version {
  const version = parseVersion(text)
  if (version instanceof Error) throw callError(version.message)
  return version
}

export const versions: FunctionGroup = {
  semver: fixed(['string'], text => pointer(versionType, versionOf(text))),
  semverCompare: fixed(['string', 'string'], (constraint, text) => {
    work(constraint.length * 100)
    const holds = parseConstraint(constraint)
    if (holds instanceof Error) throw callError(holds.message)
    return holds(versionOf(text))
  }),
}
