import type { INode, INodeParameters, INodeProperties } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { sampleRows } from '../crash/soak';
import { IdempotencyRegistry } from '../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { findWhatMayShow } from './shownProperties';

const NODES = { IdempotencyRegistry, StripeIdempotent };

interface Choice {
	resource: string;
	operation: string;
}

function listChoices(properties: readonly INodeProperties[]): Choice[] {
	return properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ displayOptions, options = [] }) =>
			(displayOptions?.show?.resource ?? []).flatMap((resource) =>
				options.map((option) => ({
					resource: resource as string,
					operation: String('value' in option ? option.value : option.name),
				})),
			),
		);
}

/** Builds a value for each parameter that other parameters depend on. */
function fillConditions(
	properties: readonly INodeProperties[],
	fill: (value: unknown) => unknown,
): INodeParameters {
	const conditions = properties.flatMap(({ displayOptions }) => Object.entries(displayOptions?.show ?? {}));
	const filled = conditions.map(([name, values]) => [name, fill(values?.[0])]);
	return Object.fromEntries(filled.filter(([, value]) => typeof value !== 'object')) as INodeParameters;
}

describe.each(Object.entries(NODES))('without properties that cannot be shown, %s', (_name, Node) => {
	const { description } = new Node();
	const parametersOf = (properties: INodeProperties[], parameters: INodeParameters) =>
		NodeHelpers.getNodeParameters(
			properties,
			parameters,
			true,
			false,
			{ typeVersion: 1, parameters } as INode,
			description,
		);

	it.each(sampleRows(4, listChoices(description.properties)))(
		'gives $resource $operation the same parameters',
		(choice) => {
			const few = findWhatMayShow(description.properties, [choice]);
			expect(few.length).toBeLessThan(description.properties.length / 2);
			const conditions = [
				{},
				fillConditions(few, (value) => value),
				fillConditions(few, () => '={{ $json.x }}'),
			];
			for (const condition of conditions) {
				const parameters = { ...condition, ...choice };
				expect(parametersOf(few, parameters)).toEqual(
					parametersOf(description.properties, parameters),
				);
			}
		},
	);

	it('uses all properties where the item chooses the operation', () => {
		expect(findWhatMayShow(description.properties, [{}])).toEqual(description.properties);
	});
});
