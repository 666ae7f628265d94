/** Compiles the authenticators of a rule, with what happens when one refuses and with what it read. */
import type { Authenticate } from '../../handlers/kind.ts'
import type { HandlerReference, RuleDefinition } from '../definition.ts'
import type { AuthenticatorStep } from '../rule.ts'
import { compileRemoval, type Removal } from './remove-credentials.ts'
import { type CompileReference, isProblem, type Runnable } from './section.ts'

export interface CompiledAuthenticators {
  readonly authenticators: readonly Runnable<Authenticate, 'authenticator'>[]
  readonly chain: readonly AuthenticatorStep[]
  readonly removal: Removal
}

interface Options {
  readonly compile: CompileReference<Authenticate, 'authenticator'>
  /** Gets what is wrong with an authenticator. */
  readonly onProblem: (problem: string) => void
}

export function compileAuthenticators(
  { authenticators: references }: Pick<RuleDefinition, 'authenticators'>,
  { compile, onProblem }: Options,
): CompiledAuthenticators {
  const compiled = (references ?? []).flatMap(reference => {
    const runnable = compile(reference)
    if (!isProblem(runnable)) return [{ reference, runnable }]
    onProblem(runnable.message)
    return []
  })
  const removing = compiled.filter(({ reference }) => reference.removeCredential)
  for (const { runnable } of removing) {
    if (runnable.credentials.length === 0) onProblem(unnamed(runnable))
  }
  return {
    authenticators: compiled.map(({ runnable }) => runnable),
    chain: compiled.map(({ reference, runnable }) => toStep(reference, runnable)),
    removal: compileRemoval(removing.flatMap(({ runnable }) => runnable.credentials)),
  }
}

/** `unauthorized` refuses every request, whatever its credential. */
function toStep(
  { onFailure }: HandlerReference,
  { handler, run, config, asksOutside }: Runnable<Authenticate, 'authenticator'>,
): AuthenticatorStep {
  const step = { stage: 'authenticator', handler, run, config, asksOutside } as const
  return onFailure === 'next' ? { ...step, passesRefusal: true } : step
}

const unnamed = ({ handler }: Runnable<Authenticate>): string =>
  `authenticator "${handler}": remove_credential: it names no header, cookie or query parameter that it reads${
    handler === 'cookie_session' ? '; set config.only' : ''
  }`
