import os
import signal
import subprocess
import sys
import threading

import pytest

from seqweave.training.signals import Signals


@pytest.mark.parametrize(("sent", "seen"), [(signal.SIGINT, 2), (signal.SIGTERM, 15), (signal.SIGUSR1, 15)])
def test_the_first_signal_is_only_noted(sent, seen):
    before = signal.getsignal(sent)
    with Signals() as signals:
        assert signals.seen == 0
        os.kill(os.getpid(), sent)
        assert signals.seen == seen
    assert signal.getsignal(sent) is before


def test_the_second_signal_ends_the_process_at_once():
    script = (
        "import os\nfrom seqweave.training.signals import Signals\n"
        "with Signals():\n for _ in range(2): os.kill(os.getpid(), 15)\n print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")


def test_outside_the_main_thread_nothing_is_changed():
    seen = []
    before = signal.getsignal(signal.SIGTERM)

    def work():
        with Signals() as signals:
            seen.append((signals.seen, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(0, before)]
