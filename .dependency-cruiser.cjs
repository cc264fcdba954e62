/**
 * The layers of the package: nodes → payments, stripe, ledger; payments → stripe, ledger; stripe → ledger (types only); ledger → nothing of ours.
 * `npm run layers` runs these rules on the tree, and test/layers.test.ts on small bad ones to show that each of them bites.
 */

/** An installed package; one that is not installed breaks no-unresolvable. */
const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`;

const ANY_N8N = packages('n8n-[^/]+', '@n8n/[^/]+', 'n8n');
const STRIPE = packages('stripe', '@stripe/[^/]+');

/** Imports that leave nothing behind in the compiled file. */
const TYPES = ['type-only', 'type-import'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
	forbidden: [
		{
			name: 'ledger-stands-alone',
			comment: 'The ledger is the domain: it imports nothing of ours from outside its room.',
			severity: 'error',
			from: { path: '^ledger/' },
			to: { path: '^(commands|credentials|examples|nodes|payments|stripe|test)/' },
		},
		{
			name: 'ledger-knows-no-vendor',
			comment:
				'The ledger serves any API and any host: it imports neither n8n nor Stripe, not even their types.',
			severity: 'error',
			from: { path: '^ledger/' },
			to: { path: [ANY_N8N, STRIPE] },
		},
		{
			name: 'ledger-knows-no-store',
			comment: 'The rules know no database: a store is handed to the ledger.',
			severity: 'error',
			from: { path: '^ledger/', pathNot: '^ledger/stores/' },
			to: { path: '^ledger/stores/' },
		},
		{
			name: 'store-knows-no-rules',
			comment:
				'A store keeps entries: from the ledger it takes types, and its contract in ledger/store.ts.',
			severity: 'error',
			from: { path: '^ledger/stores/' },
			to: {
				path: '^ledger/',
				pathNot: ['^ledger/stores/', '^ledger/store\\.ts$'],
				dependencyTypesNot: TYPES,
			},
		},
		{
			name: 'store-needs-only-node',
			comment:
				'A store speaks through what Node brings, or through what it is handed: no package to install.',
			severity: 'error',
			from: { path: '^ledger/stores/', pathNot: '^ledger/stores/(postgres|redis)' },
			to: { pathNot: '^ledger/', dependencyTypesNot: ['core'] },
		},
		{
			name: 'server-store-needs-its-client',
			comment: 'A store on a server takes the client of that server from npm, and no other package.',
			severity: 'error',
			from: { path: '^ledger/stores/(postgres|redis)' },
			to: {
				pathNot: ['^ledger/', packages('pg', '@types/pg', 'ioredis')],
				dependencyTypesNot: ['core'],
			},
		},
		{
			name: 'client-of-a-server-only-in-its-store',
			comment: "Nobody but the stores speaks to a ledger's server.",
			severity: 'error',
			from: {
				path: '^(commands|credentials|ledger|nodes|payments|stripe)/',
				pathNot: '^ledger/stores/(postgres|redis)',
			},
			to: { path: packages('pg', 'ioredis') },
		},
		{
			name: 'stripe-takes-ledger-types-only',
			comment:
				'What Stripe answered is told in the words of the ledger; the ledger itself is not called from here. Only its clock is, which shows the time that Stripe tells.',
			severity: 'error',
			from: { path: '^stripe/' },
			to: { path: '^ledger/', pathNot: '^ledger/clock\\.ts$', dependencyTypesNot: TYPES },
		},
		{
			name: 'stripe-knows-no-store',
			comment: 'Sending money and keeping entries are two rooms: not even a type is shared.',
			severity: 'error',
			from: { path: '^stripe/' },
			to: { path: '^ledger/stores/' },
		},
		{
			name: 'stripe-stands-below-nodes',
			comment: 'What speaks to Stripe knows nothing of n8n, of a node or of a credential.',
			severity: 'error',
			from: { path: '^stripe/' },
			to: { path: ['^(commands|credentials|examples|nodes|payments|test)/', ANY_N8N] },
		},
		{
			name: 'payments-know-no-node',
			comment: 'The use cases serve any host: they import ledger and stripe, neither n8n nor a node.',
			severity: 'error',
			from: { path: '^payments/' },
			to: { path: ['^(commands|credentials|examples|nodes|test)/', ANY_N8N] },
		},
		{
			name: 'nodes-use-stripe-and-ledger',
			comment: 'Of ours, a node imports nodes, payments, stripe and ledger.',
			severity: 'error',
			from: { path: '^nodes/' },
			to: { path: '^(commands|credentials|examples|test)/' },
		},
		{
			name: 'a-store-is-opened-in-one-place',
			comment: 'A node asks the Ledger; only what opens it knows where its rows are.',
			severity: 'error',
			from: { path: '^nodes/', pathNot: '^nodes/shared/ledger/' },
			to: { path: '^ledger/stores/' },
		},
		{
			name: 'nodes-stand-side-by-side',
			comment: 'What two nodes need is shared: a node imports nothing of its neighbours.',
			severity: 'error',
			from: { path: '^nodes/([^/]+)/', pathNot: '^nodes/shared/' },
			to: { path: '^nodes/', pathNot: ['^nodes/shared/', '^nodes/$1/'] },
		},
		{
			name: 'shared-serves-every-node',
			comment: 'What is shared belongs to no node, and imports none.',
			severity: 'error',
			from: { path: '^nodes/shared/' },
			to: { path: '^nodes/', pathNot: '^nodes/shared/' },
		},
		{
			name: 'nodes-know-only-n8n-workflow',
			comment: 'n8n-workflow is the interface that n8n promises; n8n-core and the rest are its inside.',
			severity: 'error',
			from: { path: '^nodes/' },
			to: { path: ANY_N8N, pathNot: packages('n8n-workflow') },
		},
		{
			name: 'commands-know-no-n8n',
			comment: 'A command runs in a terminal, where no n8n is loaded.',
			severity: 'error',
			from: { path: '^commands/' },
			to: { path: ['^(credentials|examples|test)/', ANY_N8N] },
		},
		{
			name: 'credentials-know-only-n8n-workflow',
			comment: 'A credential is data for n8n: it needs the interface of n8n and nothing else.',
			severity: 'error',
			from: { path: '^credentials/' },
			to: { pathNot: packages('n8n-workflow') },
		},
		{
			name: 'tests-stay-outside',
			comment: 'Only tests, and the demo that runs the simulator, import from test.',
			severity: 'error',
			from: { pathNot: '^(test|examples/demo)/' },
			to: { path: '^test/' },
		},
		{
			name: 'published-code-needs-published-packages',
			comment: 'A package that is only a devDependency is missing where n8n installs this one.',
			severity: 'error',
			from: { path: '^(commands|credentials|ledger|nodes|payments|stripe)/' },
			to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['npm-peer', ...TYPES] },
		},
		{
			name: 'no-cycle',
			comment: 'Two files that need each other are one idea in two places.',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'no-orphan',
			comment: 'A file that nothing imports and that imports nothing is left over.',
			severity: 'error',
			from: {
				orphan: true,
				pathNot: [
					'\\.(node|credentials|test)\\.ts$',
					'^test/sharedJest\\.ts$',
					'\\.d\\.ts$',
					'^[^/]+\\.(cjs|mjs|js)$',
				],
			},
			to: {},
		},
		{
			name: 'no-unresolvable',
			comment: 'An import that cannot be found hides from every other rule.',
			severity: 'error',
			from: {},
			to: { couldNotResolve: true },
		},
	],
	options: {
		tsPreCompilationDeps: true,
		doNotFollow: { path: 'node_modules' },
		exclude: { path: '^(dist|coverage|\\.cache)/' },
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['import', 'require', 'node', 'default', 'types'],
		},
	},
};
