import { choice, duration, section } from './parts.ts'

export const accessRules = section('Where the rules come from.', {
  repositories: {
    type: 'array',
    items: { type: 'string', format: 'uri' },
    default: [],
    description:
      'Locations of rule documents: file:///etc/rules.yaml, a folder of them, https://host/rules.json, inline:// with base64, s3://bucket/key, gs://bucket/name, azblob://container/name. Changed files are read again at once.',
  },
  matching_strategy: choice(
    ['regexp', 'glob'],
    'regexp',
    'What stands between `<` and `>` in a URL pattern.',
  ),
  refresh: duration(
    '0s',
    'How often remote repositories are fetched again, at least a second; `0s`: never.',
  ),
  on_start_error: choice(
    ['exit', 'wait'],
    'exit',
    'What to do at start when a remote repository cannot be had: end, or be unready until every repository was read.',
  ),
})
