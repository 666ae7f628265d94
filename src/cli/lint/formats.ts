import { renderJunit } from './junit.ts'
import { renderCompact, renderGithub, renderJson, renderMarkdown } from './plain.ts'
import { renderPretty } from './pretty.ts'
import type { Render } from './report.ts'
import { renderSarif } from './sarif.ts'

export const formats = {
  pretty: renderPretty,
  compact: renderCompact,
  json: renderJson,
  github: renderGithub,
  sarif: renderSarif,
  junit: renderJunit,
  md: renderMarkdown,
} as const satisfies Record<string, Render>

export type Format = keyof typeof formats
