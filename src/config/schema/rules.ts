import { choice, duration, flag, section } from './parts.ts'

const shadow = section(
  'A second set of rules that decides the same requests after they were answered, and changes nothing: how it differs is counted. See docs/commands/shadow.md.',
  {
    repositories: {
      type: 'array',
      items: { type: 'string', format: 'uri' },
      default: [],
      description: 'Locations of its rule documents, as in `access_rules.repositories`.',
    },
    ratio: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 1,
      description: 'The share of requests that it decides, from 0 to 1.',
    },
  },
)

export const accessRules = section('Where the rules come from.', {
  repositories: {
    type: 'array',
    items: { type: 'string', format: 'uri' },
    default: [],
    description:
      'Locations of rule documents: file:///etc/rules.yaml, a folder of them, https://host/rules.json, inline:// with base64, s3://bucket/key, gs://bucket/name, azblob://container/name, kubernetes://namespace for resources of a cluster, Rule of rules.oarlock.dev and of oathkeeper.ory.sh (kubernetes:// for all namespaces; ?labelSelector=, kubeconfig=, status=false). Changed files and resources take effect at once.',
  },
  shadow,
  matching_strategy: choice(
    ['regexp', 'glob'],
    'regexp',
    'What the text between `<` and `>` in a URL pattern is: a regular expression or a glob.',
  ),
  refresh: duration(
    '0s',
    'How often remote repositories are fetched again, at least `1s`. `0s`: only at SIGHUP.',
  ),
  ready_without_rules: flag(
    false,
    'Whether an empty set of rules is ready. Oathkeeper reports that it is not.',
  ),
  on_start_error: choice(
    ['exit', 'wait'],
    'exit',
    'What to do when a remote repository cannot be read at the start. `exit`: the process ends. `wait`: it starts, and is not ready until every repository was read.',
  ),
})
