import { readFileSync } from 'node:fs';

import { buildOperationsPage, ignoreWidths, OPERATIONS_PAGE } from './operationsTable';

it('docs/operations.md shows the current operations: npm run operations-table', () => {
	expect(ignoreWidths(readFileSync(OPERATIONS_PAGE, 'utf8'))).toBe(ignoreWidths(buildOperationsPage()));
});
