import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Store } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite';
import { StaticDataStore } from '../../ledger/stores/staticData';

const DEFAULT_FILE = 'idempotency.sqlite';

/** The parameters that choose where entries are kept. */
export const ledgerProperties: INodeProperties[] = [
	{
		displayName: 'Ledger',
		name: 'ledger',
		type: 'options',
		options: [
			{
				name: 'Local File',
				value: 'localFile',
				description:
					'A file in the n8n user folder: survives restarts and crashes, for n8n on one host',
			},
			{
				name: 'Workflow Static Data',
				value: 'staticData',
				description: 'Inside the workflow: only where no file can be written, with one n8n process',
			},
		],
		default: 'localFile',
		description:
			'Where it is kept what was sent and what came of it, far longer than the 24 hours that Stripe remembers',
	},
	{
		displayName:
			'Workflow Static Data protects less: it is lost when a run is manual, stopped or killed, it does not work in queue mode or between two n8n processes, and it holds the last 500 payments. Choose Local File where you can.',
		name: 'staticDataNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ledger: ['staticData'] } },
	},
	{
		displayName: 'Ledger File',
		name: 'ledgerFile',
		type: 'string',
		default: '',
		placeholder: 'e.g. /data/payments.sqlite',
		description: `Path of the file. If empty, ${DEFAULT_FILE} in the n8n user folder. Workflows that share a file share their entries.`,
		displayOptions: { show: { ledger: ['localFile'] } },
	},
];

/** The store that an item's parameters name, and what is to be done when the node ends. */
export interface OpenStore {
	store: Store;
	save(): void;
}

/**
 * Opens stores for one run of the node; each is opened once.
 *
 * @throws StoreUnavailable with a reason for people
 */
export class StoreOpener {
	private readonly opened = new Map<string, OpenStore>();

	constructor(private readonly context: IExecuteFunctions) {}

	open(itemIndex: number): Store {
		const isStaticData = this.context.getNodeParameter('ledger', itemIndex, 'localFile') === 'staticData';
		const name = isStaticData
			? ''
			: ledgerPath(this.context.getNodeParameter('ledgerFile', itemIndex, '') as string);
		const known = this.opened.get(name) ?? (isStaticData ? this.openStaticData() : openFile(name));
		this.opened.set(name, known);
		return known.store;
	}

	/** n8n takes static data as it stands when the execution ends. */
	save(): void {
		for (const opened of this.opened.values()) opened.save();
	}

	private openStaticData(): OpenStore {
		const { id, name } = this.context.getWorkflow();
		const store = new StaticDataStore(this.context.getWorkflowStaticData('global'), id ?? name ?? '');
		return { store, save: () => store.save() };
	}
}

function openFile(path: string): OpenStore {
	return { store: SqliteStore.open(path), save: () => undefined };
}

/** n8n's own rule for its user folder: `N8N_USER_FOLDER`, else the home folder, and `.n8n` in it. */
function ledgerPath(given: string): string {
	const userFolder = join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n');
	const path = given.trim();
	if (path === '') return join(userFolder, DEFAULT_FILE);
	return isAbsolute(path) ? path : resolve(userFolder, path);
}
