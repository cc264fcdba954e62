import type { INode, INodeParameters, INodeProperties } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { sampleRows } from '../../../crash/soak';
import { IdempotencyRegistry } from '../../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { findWhatMayShow } from '../../../engine/shownProperties';
import { StripeIdempotentTrigger } from '../../../../nodes/StripeIdempotentTrigger/StripeIdempotentTrigger.node.ts';

/** What n8n takes for empty: of JSON it takes nothing for that. */
const isEmpty = ({ type, default: value }: INodeProperties) =>
	type === 'resourceLocator' || (type !== 'json' && (value === '' || JSON.stringify(value) === '[]'));

const EXPRESSION = '={{ $json.found }}';

interface Chosen {
	resource?: string;
	operation?: string;
}

const valuesOf = ({ options = [] }: INodeProperties) =>
	options.flatMap((option) => ('value' in option ? [option.value as string] : []));

const dependsOn = (choice: string, { displayOptions: { show, hide } = {} }: INodeProperties) =>
	show?.[choice] !== undefined || hide?.[choice] !== undefined;

/** Not on which resource and operation it is, nor on whether an amount is written, whose unit is asked for then. */
const dependsOnChoice = ({ displayOptions: { show, hide } = {} }: INodeProperties) =>
	Object.keys({ ...show, ...hide }).some(
		(name) => !['resource', 'operation', 'method', 'amount'].includes(name),
	);

describe.each([new StripeIdempotent(), new IdempotencyRegistry(), new StripeIdempotentTrigger()])(
	'a workflow with the node',
	({ description }) => {
		const { properties } = description;

		/** What n8n wants to be filled in before it starts the workflow; without what cannot show, which takes a fraction of the time. */
		function listMissing(chosen: INodeParameters): string[] {
			const few = findWhatMayShow(properties, [chosen]);
			const node = { typeVersion: 1, parameters: show(few, chosen) } as INode;
			const issues = NodeHelpers.getNodeParametersIssues(few, node, description);
			return Object.keys(issues?.parameters ?? {});
		}

		const show = (few: INodeProperties[], parameters: INodeParameters) =>
			NodeHelpers.getNodeParameters(
				few,
				parameters,
				true,
				false,
				{ typeVersion: 1, parameters } as INode,
				description,
			) ?? {};

		const operations: Chosen[] = properties
			.filter(({ name }) => name === 'operation')
			.flatMap((property) =>
				(property.displayOptions?.show?.resource ?? []).flatMap((resource) =>
					valuesOf(property).map((operation) => ({ resource: resource as string, operation })),
				),
			);

		/** The choices that an operation offers, each with its values. */
		function listChoices(chosen: Chosen): [name: string, values: string[]][] {
			const isChoice = ({ name, type, noDataExpression }: INodeProperties) =>
				type === 'options' && !noDataExpression && properties.some((one) => dependsOn(name, one));
			return Object.keys(show(findWhatMayShow(properties, [chosen]), { ...chosen }))
				.filter((name) => name !== 'resource' && name !== 'operation')
				.flatMap((name) => {
					const offered = properties.filter((one) => one.name === name && isChoice(one));
					return offered.length > 0 ? [[name, [...new Set(offered.flatMap(valuesOf))]]] : [];
				});
		}

		it.each(sampleRows(4, operations.length > 0 ? operations : [{}]))(
			`${description.displayName} starts for every value of an expression: $resource $operation`,
			(chosen) => {
				for (const [choice, values] of listChoices(chosen)) {
					const each = values.map((value) => listMissing({ ...chosen, [choice]: value }));
					const always = each[0]?.filter((name) => each.every((names) => names.includes(name)));
					const missing = listMissing({ ...chosen, [choice]: EXPRESSION });
					expect({ choice, missing }).toEqual({ choice, missing: always });
				}
			},
		);

		it(`${description.displayName} requires what the selected value needs`, () => {
			const wanted = new Set(
				[...operations, {}].flatMap((chosen) =>
					listChoices(chosen).flatMap(([choice, values]) =>
						values.flatMap((value) => [
							...listMissing({ ...chosen, [choice]: value }),
							// Whose unit is asked for.
							...listMissing({ ...chosen, amount: '5', [choice]: value }),
						]),
					),
				),
			);
			const byChoice = properties.filter(
				(property) => property.required && isEmpty(property) && dependsOnChoice(property),
			);
			expect(byChoice.map(({ name }) => name).filter((name) => !wanted.has(name))).toEqual([]);
		});

		it(`${description.displayName} has no rows in which a required parameter depends on another`, () => {
			const fields = properties.flatMap(({ options = [] }) =>
				options.flatMap((option) => ('values' in option ? option.values : [])),
			);
			const required = fields.filter((field) => field.required && field.displayOptions?.show);
			expect(required.map(({ name }) => name)).toEqual([]);
		});
	},
);
