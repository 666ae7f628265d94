/** Reports settings that work differently than their author may expect: one line each, with the key and a remedy. */
import type { Config } from './config.ts'

export const notesOn = (config: Config): readonly string[] => notes.flatMap(note => note(config))

const jaegerAgent = ({ tracing }: Config): readonly string[] =>
  tracing.provider === 'jaeger'
    ? [
        'tracing.provider: found jaeger: the trace context is passed on, but no span is sent, because Jaeger no longer has an agent; it accepts OTLP: set tracing.provider to otel and tracing.providers.otlp.server_url to its host:4318 (with insecure: true if it has no TLS)',
      ]
    : []

const notes = [jaegerAgent]
