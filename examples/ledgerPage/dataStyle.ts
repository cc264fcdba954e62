import { css } from './markup';

/** The style of tables and charts. */
export const DATA_STYLE = css`
	.wide {
		overflow-x: auto;
	}
	table {
		border-collapse: collapse;
		width: 100%;
	}
	th,
	td {
		min-width: 6.5rem;
		text-align: left;
		vertical-align: top;
		padding: 0.35rem 0.6rem;
		border-bottom: 1px solid var(--line);
	}
	thead th {
		color: var(--quiet);
		font-size: 0.85rem;
	}
	tbody th {
		font-weight: 400;
	}
	tbody tr:last-child > * {
		border-bottom: 0;
	}
	.number {
		min-width: 0;
		text-align: right;
		white-space: nowrap;
	}
	.when {
		white-space: nowrap;
	}
	svg {
		display: block;
		width: 100%;
		height: auto;
	}
	svg text {
		fill: var(--quiet);
		font-size: 11px;
	}
	svg line {
		stroke: var(--line);
	}
	svg rect {
		stroke: var(--paper);
		fill: var(--other);
	}
	rect.succeeded {
		fill: var(--succeeded);
	}
	rect.rejected {
		fill: var(--rejected);
	}
	rect.unknown {
		fill: var(--unknown);
	}
	rect.paid,
	.key.paid::before {
		fill: var(--succeeded);
		background: var(--succeeded);
	}
	rect.waits,
	.key.waits::before {
		fill: var(--rejected);
		background: var(--rejected);
	}
	rect.out,
	.key.out::before {
		fill: var(--link);
		background: var(--link);
	}
	.story {
		margin: 0.8rem 0;
		padding: 0 0 0 1.4rem;
		list-style: none;
		border-left: 2px solid var(--line);
	}
	.story li {
		position: relative;
		padding-bottom: 0.8rem;
	}
	.story li::before {
		content: '';
		position: absolute;
		left: calc(-1.4rem - 7px);
		top: 0.4rem;
		width: 12px;
		height: 12px;
		border-radius: 50%;
		background: var(--other);
	}
	.story .succeeded::before {
		background: var(--succeeded);
	}
	.story .rejected::before {
		background: var(--rejected);
	}
	.story .unknown::before {
		background: var(--unknown);
	}
	.story p {
		margin: 0;
	}
	.key {
		display: inline-block;
		margin-right: 1rem;
	}
	.key::before {
		content: '';
		display: inline-block;
		width: 0.8em;
		height: 0.8em;
		margin-right: 0.4em;
		background: var(--other);
	}
	.key.succeeded::before {
		background: var(--succeeded);
	}
	.key.rejected::before {
		background: var(--rejected);
	}
	.key.unknown::before {
		background: var(--unknown);
	}
	.unseen {
		position: absolute;
		width: 1px;
		height: 1px;
		overflow: hidden;
		clip-path: inset(50%);
		white-space: nowrap;
	}
	@media print {
		form,
		header form,
		button,
		main > p > a {
			display: none;
		}
		body {
			max-width: none;
			padding: 0;
		}
		.card,
		figure,
		.story li,
		tr {
			break-inside: avoid;
		}
		.wide {
			overflow: visible;
		}
		th,
		td {
			min-width: 0;
		}
		.number,
		.badge {
			white-space: normal;
			overflow-wrap: break-word;
		}
		details:not(.rest)::details-content {
			content-visibility: visible;
		}
	}
	@media (max-width: 40rem) {
		th,
		td {
			padding: 0.3rem;
		}
		table {
			font-size: 0.9rem;
		}
		svg text {
			font-size: 20px;
		}
	}
`;
