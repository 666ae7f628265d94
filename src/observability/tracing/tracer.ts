import type { Tracer, TracingOptions } from './contract.ts'

/** Rejects with an Error that names `tracing.provider` when the OpenTelemetry packages are missing. */
export async function createTracer(options: TracingOptions): Promise<Tracer> {
  const loaded = await import('./otel.ts').catch((error: Error) => {
    const needed = 'the optional packages @opentelemetry/* are needed'
    throw new Error(`tracing.provider: ${needed} (${error.message})`)
  })
  return loaded.createOtelTracer(options)
}
