/** The access and decision logs, and the redaction of all logs. */
import type { Config } from '../../config/config.ts'
import { type AccessLog, createAccessLog } from '../../observability/access-log.ts'
import { createDecisionLog, type DecisionLog } from '../../observability/decision-log.ts'
import type { Log } from '../../observability/log.ts'
import { createRedaction, type Redaction } from '../../observability/redaction.ts'
import { createSink, type Sink, tryFile } from '../../observability/sink.ts'

export interface Logs {
  readonly access: AccessLog | undefined
  readonly decisions: DecisionLog | undefined
  /** Lines that were lost, by log. */
  readonly lost: () => Readonly<Record<string, number>>
  readonly close: () => Promise<void>
}

export const redactionOf = ({ log }: Config): Redaction =>
  createRedaction({
    leak: log.leak_sensitive_values,
    text: log.redaction_text,
    headers: log.additional_redacted_headers,
  })

/** Throws an Error that names the key when a file cannot be opened. */
export function createLogs(config: Config, log: Log): Logs {
  const redaction = redactionOf(config)
  const onLost = (problem: string): void => log.warn('Lines of a log are lost', { problem })
  const accessSink = writesAccess(config) ? createSink({ to: { stream: 2 }, onLost }) : undefined
  const decisionSink = openDecisions(config, onLost)
  return {
    access:
      accessSink && createAccessLog({ format: config.log.format, redaction, sink: accessSink }),
    decisions:
      decisionSink &&
      createDecisionLog({
        sink: decisionSink,
        redaction,
        mask: config.log.decisions.mask,
        maskText: config.log.redaction_text,
        ratio: config.log.decisions.sampling_ratio,
      }),
    lost: () => ({
      ...(accessSink && { access: accessSink.lost() }),
      ...(decisionSink && { decisions: decisionSink.lost() }),
    }),
    close: async () => {
      await Promise.all([accessSink?.close(), decisionSink?.close()])
    },
  }
}

const quiet = new Set(['panic', 'fatal', 'error', 'warn'])

const writesAccess = ({ log }: Config): boolean => log.access.enabled && !quiet.has(log.level)

function openDecisions({ log }: Config, onLost: (problem: string) => void): Sink | undefined {
  const { enabled, file } = log.decisions
  if (!enabled) return undefined
  return named(() => createSink({ to: file === '' ? { stream: 1 } : { file }, onLost }))
}

/** Throws as `createLogs` does; opens nothing. */
export function tryLogs({ log: { decisions } }: Config): void {
  if (decisions.enabled && decisions.file !== '') named(() => tryFile(decisions.file))
}

function named<T>(open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw new Error(`log.decisions.file: ${(error as Error).message}`)
  }
}
