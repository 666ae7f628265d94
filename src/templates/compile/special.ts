/** `and` and `or`, which stop at the first deciding argument, and `call`. */
import { callError } from '../go/call-error.ts'
import { variadic } from '../go/callable.ts'
import { typeName } from '../go/kind.ts'
import { isTrue } from '../go/nil.ts'
import type { Value } from '../go/value.ts'
import { show } from '../syntax/show.ts'
import { argumentCountError, type Call, compileCall, type Site } from './call.ts'
import { constant } from './operand.ts'

const counts = variadic(['value'], 'value', value => value)

/** The first argument that is true (`or`) or false (`and`), else the last. */
export function compileLogic(site: Site, until: boolean): Call {
  const problem = argumentCountError(site, counts)
  if (problem !== undefined) return compileCall(site, counts)
  const args = site.args.map(node =>
    node.kind === 'nil' ? constant(undefined) : site.scope.operand(site.scope, node),
  )
  return (frame, final) => {
    let value: Value
    for (const arg of args) {
      value = arg(frame)
      if (isTrue(value) === until) return value
    }
    return site.hasFinal ? final : value
  }
}

/** A value in a template is never a function, so a call always fails; Go's message depends on the value. */
export const compileFunctionCall = (site: Site): Call => {
  const callee = site.args[0]
  const nameOf = (value: Value): string =>
    callee === undefined ? nameOfValue(value) : show(callee)
  return compileCall(
    site,
    variadic(['value'], 'value', value => {
      if (value === null || value === undefined) throw callError('call of nil')
      throw callError(`non-function ${nameOf(value)} of type ${typeName(value)}`)
    }),
  )
}

/** Go's name for a value that came through a pipe. */
const nameOfValue = (value: Value): string =>
  typeof value === 'string' ? value : `<${typeName(value)} Value>`
