/**
 * Server reflection for tools such as grpcurl. Its packages are loaded after the port has opened, because most callers
 * only send checks.
 */
import { guarded, type OnBug, reportBug } from '../../../lib/guarded.ts'
import { badMessage, failed } from '../wire/refusals.ts'
import type { AnswerStream, MessageHandler, StreamMethod } from '../wire/services/service.ts'
import type { Reflecting, ReflectionServer } from './reflection-server.ts'

export interface Reflection {
  readonly streams: ReadonlyMap<string, StreamMethod>
  /** Loads the packages; without it, the first call does. Rejects when they cannot be loaded. */
  readonly load: () => Promise<ReflectionServer>
}

const versions = ['v1', 'v1alpha']

/** A tool opens one call. Some hundreds of requests fit into one. */
const bounds = { requestBytes: 16_384, longest: 60_000, most: 100, mostPerConnection: 10 }

export function createReflection(): Reflection {
  let loading: Promise<ReflectionServer> | undefined
  const load = (): Promise<ReflectionServer> => {
    loading ??= import('./reflection-server.ts').then(module => module.createReflectionServer())
    return loading
  }
  const methodOf = (path: string): StreamMethod => ({
    begin: answers => handlerOf(answers, path, load),
    hasOneMessage: false,
    ...bounds,
  })
  const paths = versions.map(
    version => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
  )
  return { load, streams: new Map(paths.map(path => [path, methodOf(path)])) }
}

function handlerOf(
  answers: AnswerStream,
  path: string,
  load: () => Promise<ReflectionServer>,
): MessageHandler {
  const fail: OnBug = bug => {
    reportBug(bug)
    answers.end(failed)
  }
  let call: Reflecting | undefined
  const begin = (methods: ReflectionServer): Reflecting => {
    call ??= methods.get(path)?.(answers)
    if (call === undefined) throw new TypeError(`${path} is not a method of reflection`)
    return call
  }
  const withCall = (use: (call: Reflecting) => void): void => {
    const begun = call
    if (begun !== undefined) guarded(() => use(begun), fail)()
    else void load().then(begin).then(use).catch(fail)
  }
  return {
    message: message =>
      withCall(({ message: answer }) => {
        if (!answer(message)) answers.end(badMessage)
      }),
    end: () => withCall(({ end }) => end()),
    drained: () => undefined,
    closed: () => undefined,
  }
}
