import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Store } from '../../ledger/store';
import { StoreUnavailable } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite';
import { StaticDataStore } from '../../ledger/stores/staticData';
import { UnavailableStore } from '../../ledger/stores/unavailable';
import { Refusal } from './refusal';

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
			'Where the node remembers what was sent and what came of it, far longer than the 24 hours that Stripe remembers',
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
 * @throws Refusal for what names no store
 */
export class StoreOpener {
	private readonly opened = new Map<string, OpenStore>();

	constructor(private readonly context: IExecuteFunctions) {}

	open(itemIndex: number): Store {
		const kind: unknown = this.context.getNodeParameter('ledger', itemIndex, 'localFile');
		const isStaticData = kind === 'staticData';
		if (!isStaticData && kind !== 'localFile') throw unknownLedger(kind);
		const name = isStaticData
			? ''
			: ledgerPath(this.context.getNodeParameter('ledgerFile', itemIndex, ''));
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
	return { store: openedOrNot(path), save: () => undefined };
}

/** A file that cannot be opened is a ledger that is down: what then happens is decided where claims are made. */
function openedOrNot(path: string): Store {
	try {
		return SqliteStore.open(path);
	} catch (error) {
		return unavailableBecause(error);
	}
}

function unavailableBecause(error: unknown): Store {
	if (!(error instanceof StoreUnavailable)) throw error;
	return new UnavailableStore(error);
}

function unknownLedger(kind: unknown): Refusal {
	return new Refusal('Ledger', `is ${JSON.stringify(kind)}`, 'Choose it from the list.');
}

/** n8n's own rule for its user folder: `N8N_USER_FOLDER`, else the home folder, and `.n8n` in it. */
function ledgerPath(given: unknown): string {
	// Nothing is guessed: in another ledger than the one that was meant, what was paid before is not known.
	if (typeof given !== 'string') {
		throw new Refusal(
			'Ledger File',
			'is no path',
			'Its expression finds no text in this item. Leave the field empty for the default file.',
		);
	}
	const userFolder = join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n');
	const path = given.trim();
	if (path === '') return join(userFolder, DEFAULT_FILE);
	return isAbsolute(path) ? path : resolve(userFolder, path);
}
