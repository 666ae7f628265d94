import { textOf } from '../../lib/bytes.ts'
import { compileText, testValue } from './pattern.ts'
import { isProblem, type Strategy } from './problem.ts'

/**
 * Tests of whole values against texts with `<…>`, for handlers: without `<…>` the value must be the text. Byte strings.
 * A value that cannot be tested within the limits of the pattern does not match. Throws an Error for a bad text.
 */
export const textCompiler =
  (strategy: Strategy) =>
  (source: string): ((value: string) => boolean) => {
    if (!/[<>]/.test(source)) return value => value === source
    const pattern = compileText(textOf(source), strategy)
    if (isProblem(pattern)) throw new Error(pattern.message)
    return value => testValue(pattern, textOf(value)) === true
  }
