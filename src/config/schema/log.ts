import { maskable } from '../../observability/decision-log.ts'
import { choice, flag, section, text, texts } from './parts.ts'

const access = section(
  'The access log: one line per HTTP request, in the same place as the other lines.',
  {
    enabled: flag(false, 'Write the access log. Its lines have the level info.'),
  },
)

const decisions = section('The decision log: one JSON object per decision, one per line.', {
  enabled: flag(false, 'Write the decision log.'),
  file: text('', 'The file to append to. Empty: standard output.'),
  sampling_ratio: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'The share of decisions that is logged, from 0 to 1.',
  },
  capsule: flag(
    false,
    'Add to each line what the rule read, except credentials, so that `oarlock explain --from-log` and `oarlock diff --log` can decide it again. Verified claims are personal data.',
  ),
  mask: {
    type: 'array',
    items: { type: 'string', enum: maskable },
    default: [],
    description: 'Fields whose values are replaced by `log.redaction_text`.',
  },
})

export const log = section('The log, on standard error.', {
  level: choice(
    ['panic', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
    'The least important level that is logged.',
  ),
  format: choice(['json', 'json_pretty', 'gelf', 'text'], 'text', 'The format of a line.'),
  leak_sensitive_values: flag(
    false,
    'Log credentials and queries unchanged. Never use this in production.',
  ),
  redaction_text: text(
    'hidden: set log.leak_sensitive_values to true to see it',
    'The text that replaces credentials and queries.',
  ),
  additional_redacted_headers: texts(
    [],
    'Headers whose values are hidden, in addition to the usual ones.',
  ),
  access,
  decisions,
})
