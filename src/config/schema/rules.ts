import { choice, duration, flag, section } from './parts.ts'

export const accessRules = section('Where the rules come from.', {
  repositories: {
    type: 'array',
    items: { type: 'string', format: 'uri' },
    default: [],
    description:
      'Locations of rule documents: file:///etc/rules.yaml, a folder of them, https://host/rules.json, inline:// with base64, s3://bucket/key, gs://bucket/name, azblob://container/name, kubernetes://namespace for resources of a cluster, Rule of rules.oarlock.dev and of oathkeeper.ory.sh (kubernetes:// for all namespaces; ?labelSelector=, kubeconfig=, status=false). Changed files and resources take effect at once.',
  },
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
