import type { Entry, Row } from '../../ledger/entry';
import { SqliteStore } from '../../ledger/stores/sqlite';
import type { ProcessGuard } from '../../ledger/stores/staticData';
import { StaticDataStore } from '../../ledger/stores/staticData';
import { describeStore } from './storeConformance';
import { newFile, removeFolders } from './temporary';

const opened: SqliteStore[] = [];
afterEach(() => {
	for (const store of opened.splice(0)) store.close();
});
afterAll(removeFolders);

// Two paths to one file are two connections, as two processes have them.
let file: string;
const openFile = async (path: string) => {
	const store = SqliteStore.open(path);
	opened.push(store);
	return store;
};

let guard: ProcessGuard;
const openStaticData = async () => new StaticDataStore({}, 'workflow', guard);

/** Parameters do not stand where everybody who reads the workflow can read them. */
function withoutParams(row: Row): Row {
	if (row.state === 'timeline') return row;
	return { ...row, request: { ...row.request, params: {} }, paramsStored: false } satisfies Entry;
}

describeStore('Local File', {
	open: () => openFile((file = newFile())),
	openAgain: () => openFile(file.replace(/([^/]+)$/, './$1')),
});

describeStore('Workflow Static Data', {
	open: () => openStaticData.call((guard = new Map())),
	openAgain: openStaticData,
	asKept: withoutParams,
	holds: 500,
});
