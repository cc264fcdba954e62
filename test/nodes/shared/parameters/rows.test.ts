import type { INodeProperties } from 'n8n-workflow';

import { IdempotencyRegistry } from '../../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { StripeIdempotentTrigger } from '../../../../nodes/StripeIdempotentTrigger/StripeIdempotentTrigger.node.ts';

const NODES = [new StripeIdempotent(), new IdempotencyRegistry(), new StripeIdempotentTrigger()];

/** All parameters that take several rows, those within others too. */
function listRows(properties: readonly INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => {
		const inner = (property.options ?? []).flatMap((option) =>
			'values' in option ? option.values : 'type' in option ? [option] : [],
		);
		const isRows = property.type === 'fixedCollection' && property.typeOptions?.multipleValues === true;
		return [...(isRows ? [property] : []), ...listRows(inner)];
	});
}

it.each(NODES)('the button that adds a row names what it adds, where n8n would show "Choose…"', (node) => {
	const rows = listRows(node.description.properties);
	const unnamed = rows.filter(({ placeholder = '' }) => !/^Add [A-Z][\w ]*[^s]$/.test(placeholder));
	expect(unnamed.map(({ name, placeholder }) => [name, placeholder])).toEqual([]);
});
