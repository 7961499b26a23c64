"""One split of the log, what is learned from it and how good that is: the steps of a run."""

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import onnxruntime
from torch import Tensor

from domain.artifact import CLUSTERS, Search, verify
from domain.clusters import Clusters
from domain.graph import Graph
from domain.recommender import Recommender
from domain.row import Floats, RowIndex
from model import evaluate, probing
from model.adapt import add_in, let_few_learn
from model.answers import Ranker
from model.assemble import counts_of, graph_of, liked_rows, widen
from model.checkpoint import Checkpoints
from model.config import TrainConfig
from model.content import Labels, labels
from model.dataset import Dataset
from model.earlier import keep, start_from
from model.evaluate import Scorer
from model.examples import Examples, examples
from model.families import COUNTED, alone, count
from model.fit import Course, Watch, fit
from model.follow import offered
from model.histories import Histories
from model.learner import Network
from model.live import served_live
from model.neighbours import NEIGHBOURS
from model.place import Place
from model.pretrain import pretrain
from model.ranks import ALONE, Ranks
from model.spectrum import spectrum
from model.split import Case, Split, sample
from model.tune import BACKWARD, Tuned, tune

VALIDATION_CASES = 2000  # for early stopping; a standard error of about 0.005 ndcg@10
TEST_CASES = 5000
# Among what the card says of the config; EPOCH_LOG and what follows: of 0.1 has none.
BACKWARD_OF_CARD = "graph_backward"
EPOCH_LOG = "epoch_log"  # [epoch, loss, validation]
LEAVE_ONE_OUT = "leave_one_out"
GRAPH_ALONE = "graph_alone"  # backward and decay of the tuned baseline

Metrics = dict[str, dict[str, float]]


class Prepared(NamedTuple):
    """What an epoch needs. graph: it was counted both ways alike, which took `paired_s`.

    known: (N + 1,) bool rows that do not learn by themselves; None where all weights learn.
    """

    network: Network
    data: Examples
    place: Place
    graph: Graph
    paired_s: float
    known: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A split of one dataset over one catalogue of rows."""

    dataset: Dataset
    split: Split
    config: TrainConfig
    index: RowIndex
    n_learned: int
    labels: Labels

    def learn(
        self, checkpoints: Path | None, watch: Watch | None = None, earlier: Path | None = None
    ) -> tuple[Network, Course]:
        """The network at its best epoch by validation, and how it came there.

        watch: told of every epoch.   earlier: checkpoints to start from.
        raises: EarlierError, when that cannot be done.
        """
        if self.config.model in COUNTED:
            return self.counted(), Course(0, [])
        prepared = self.prepare(earlier=earlier)
        return prepared.network, self.fit(prepared, checkpoints, watch)

    def counted(self) -> Network:
        """What a family knows that needs no epochs."""
        network = self._network()
        words = self.dataset.vocabulary
        liked = list(liked_rows(self.split.train, self.index, words))
        count(network.tower, network.encoder, liked, words, self.config)
        return network

    def prepare(self, ranks: Ranks = ALONE, earlier: Path | None = None) -> Prepared:
        """A network that begins where counting ends, or an earlier run; and what it learns from."""
        network, place = self._network(), Place.of(self.config, ranks.local)
        began_s = time.monotonic()
        graph = self.graph(self.split.train, 1.0)
        paired_s, known = time.monotonic() - began_s, None
        if earlier is None:
            network.tower.begin(spectrum(graph, self.config.width, self.config.seed))
        else:
            known = start_from(earlier, network, self.config, self.index, self.labels, graph)
        if known is not None and self.config.adapter_rank:
            let_few_learn(network, self.config.adapter_rank, known)
        data = examples(self.split.train, self.index, self.dataset.vocabulary, self.config.window,
                        self.config.seed)
        return Prepared(network.to(place.device), data, place, graph, paired_s,
                        known if self.config.adapter_rank else None)

    def fit(
        self, prepared: Prepared, checkpoints: Path | None, watch: Watch | None = None,
        ranks: Ranks = ALONE,
    ) -> Course:
        """Train the network; see `learn`."""
        cases = sample(self.split.validation, VALIDATION_CASES, self.config.seed)
        network, reader = prepared.network, self.reader()
        if self.config.pretrain_epochs and len(self.labels.known):
            pretrain(network, prepared.data, self.config, checkpoints, prepared.place)

        def validate() -> float:
            scorer = evaluate.encoded(network.tower, network.encoder, reader)
            ranker = evaluate.dense(scorer, self.index)
            return evaluate.measure(ranker, cases, self.index)["ndcg@10"]

        with offered(network, prepared.data, ranks, prepared.known):
            course = fit(network, prepared.data, self.config, validate, Checkpoints(checkpoints),
                         prepared.place, ranks, watch)
        add_in(network)
        if checkpoints:
            keep(checkpoints, network, self.config, self.index, self.labels)
        return course

    def _network(self) -> Network:
        return Network(self.config, self.labels.numbers, len(self.labels.known) + 1,
                       self.n_learned)

    def tune(self, network: Network) -> Tuned:
        """The blend that is best on validation, where the graph has seen the training part only."""
        graphs = {backward: self.graph(self.split.train, backward) for backward in BACKWARD}
        popular = evaluate.popularity(self.counts(self.split.train))
        family, config = self.config.model, self.config
        tuning = partial(tune, self.split.validation, self.cosines(network), counts=popular,
                         index=self.index, seed=config.seed, voters=config.window,
                         only=alone(family) if config.blend == "alone" else None)
        tuned = tuning(graphs=graphs)
        if family in NEIGHBOURS:  # co-visits remain what a model is compared with
            own = tuning(graphs={0.0: self.graph(self.split.train, 0.0, family=family)})
            return own._replace(graph_alone=tuned.graph_alone)
        return tuned

    def cosines(self, network: Network) -> Scorer:
        """The encoder in full precision."""
        return evaluate.encoded(network.tower, network.encoder, self.reader())

    def reader(self) -> evaluate.Reader:
        """Cases as this trial's encoder reads them."""
        return evaluate.Reader(self.index, self.dataset.vocabulary, self.config.window)

    def graph(
        self, histories: Histories, backward: float, index: RowIndex | None = None,
        family: str = "",
    ) -> Graph:
        """What was done after what in some histories, or what a family makes of them."""
        return graph_of(histories, index or self.index, self.dataset.vocabulary, self.config,
                        backward, family)

    def counts(self, histories: Histories, index: RowIndex | None = None) -> Floats:
        """(N + 1,) float32 decayed counts at the end of some histories."""
        until_ms = histories.until_ms
        return counts_of(histories, index or self.index, self.dataset.vocabulary, until_ms)

    def search(self, artifact: Path) -> Search:
        """How many clusters a request of this artifact must read, by validation."""
        model = Recommender(artifact, onnxruntime)
        clusters = Clusters.from_bytes((artifact / CLUSTERS).read_bytes(), model.runtime.table)
        cases = sample(self.split.validation, probing.MAX_ASKERS, self.config.seed)
        return probing.search_of(model.runtime.table, clusters, model.unmoved().table,
                                 probing.askers(model, cases, self.dataset.vocabulary))

    def test(
        self, network: Network, tuned: Tuned, artifact: Path, current: Path | None,
        second: Ranker | None = None,
    ) -> Metrics:
        """Everything that is compared, on the test cases: read once, after all is decided.

        second: both stages in full precision; what is served knows the counts of then with them.
        """
        cases = sample(self.split.test, TEST_CASES, self.config.seed)
        found = {
            name: evaluate.measure(evaluate.dense(scorer, self.index), cases, self.index)
            for name, scorer in self.scorers(network, tuned, self.split.before_test).items()}
        if second is not None:
            found["torch"] = evaluate.measure(second, cases, self.index)
        found["model"] = self._served(artifact, cases, live=second is not None)
        if current is not None:
            found["current"] = self._served(current, cases, live=second is not None)
        return found

    def scorers(
        self, network: Network, tuned: Tuned, known: Histories
    ) -> dict[str, Scorer]:
        """The blend and each of its parts; what merely counts has counted what is `known`."""
        popular = evaluate.popularity(self.counts(known))
        cosines = evaluate.remembered(self.cosines(network))
        family = self.config.model if self.config.model in NEIGHBOURS else ""
        alone_backward, alone_decay = tuned.graph_alone
        own, baseline = (family, tuned.backward), ("", alone_backward)
        graphs = {of: self.graph(known, of[1], family=of[0]) for of in {own, baseline}}
        voting, covisits = (
            evaluate.covisitation(graphs[of], decay, self.index, self.config.window)
            for of, decay in ((own, tuned.blend.decay), (baseline, alone_decay)))
        return {"torch": evaluate.mixed(tuned.blend, cosines, voting, popular),
                "encoder": cosines, "covisitation": covisits, "popularity": popular}

    def _served(self, folder: Path, cases: list[Case], *, live: bool) -> dict[str, float]:
        model, ranker = self.served(folder, live=live)
        return evaluate.measure(ranker, cases, model.index)

    def served(self, folder: Path, k: int = evaluate.K, live: bool = False
               ) -> tuple[Recommender, Ranker]:
        """An artifact, asked as the Lambda asks it, knowing of counts what preceded the test.

        The current model keeps its own encoder and blend; only what it counts is brought up to
        the same moment, so that neither has seen the test and both are equally fresh.
        live: with the counts of each case's moment, as a second stage always is.
        """
        verify(folder)
        model = Recommender(folder, onnxruntime)
        known, index = self.split.before_test, model.index
        backward = float(model.card.config.get(BACKWARD_OF_CARD, 0.0))
        family = str(model.card.config.get("model", ""))
        graph, counts = widen(self.graph(known, backward, index, family),
                              self.counts(known, index), model.card.rows)
        until_ms = known.until_ms
        earlier = model.as_of(graph, counts, until_ms)
        if live or model.ranker is not None:
            return earlier, served_live(earlier, self.dataset, k)
        return earlier, evaluate.served(earlier, self.dataset.vocabulary, until_ms, k)


def new_trial(dataset: Dataset, split: Split, config: TrainConfig) -> Trial:
    """A trial whose catalogue is every item known, the learned ones first."""
    index, n_learned = dataset.index(split.train)
    return Trial(dataset, split, config, index, n_learned, labels(dataset.catalog, index))
