/** The layout of docs/architecture.md as rules: a folder imports only from lines below its own. */
const levels = [
  ['cli'],
  ['language-server', 'mcp'],
  ['insight'],
  ['app'],
  ['explain', 'shadow'],
  ['config'],
  ['listeners'],
  ['doors'],
  ['engine'],
  ['capsule'],
  ['rules'],
  ['handlers'],
  ['templates', 'expressions', 'outbound'],
  ['observability'],
  ['model'],
  ['http2'],
  ['lib'],
]

const looksDown = levels.flatMap((level, i) =>
  level.map(name => {
    const above = levels.slice(0, i).flat()
    const peers = level.filter(peer => peer !== name)
    return {
      name: `${name} looks down`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${['main', ...above, ...peers].join('|')})[/.]` },
    }
  }),
)

/** Folders do not import one another, but for those that all may use: the later of these from the earlier. */
const standApart = (name, shared = []) => [
  {
    name: `${name} stand apart`,
    severity: 'error',
    from: { path: `^src/${name}/([^/]+)/`, pathNot: shared.map(room => `^src/${name}/${room}/`) },
    to: {
      path: `^src/${name}/[^/]+/`,
      pathNot: ['$1', ...shared].map(room => `^src/${name}/${room}/`),
    },
  },
  ...shared.map((room, i) => ({
    name: `${name}/${room} imports no door`,
    severity: 'error',
    from: { path: `^src/${name}/${room}/` },
    to: {
      path: `^src/${name}/[^/]+/`,
      pathNot: shared.slice(i).map(below => `^src/${name}/${below}/`),
    },
  })),
]

const apart = [...standApart('doors', ['http', 'request']), ...standApart('handlers')]

module.exports = {
  forbidden: [
    ...looksDown,
    ...apart,
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every folder has a line',
      severity: 'error',
      from: { path: `^src/(?!(${levels.flat().join('|')})/|main\\.ts$)` },
      to: {},
    },
    {
      name: 'src needs no dev dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything resolves',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
}
