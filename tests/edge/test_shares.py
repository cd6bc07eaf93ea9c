from app.edge.shares import Addressee, Shares


def to(receiver: str, *webhooks: int) -> list[Addressee]:
    return [Addressee.of(f"{receiver}{number}", f"https://{receiver}/hook") for number in webhooks]


def serve(shares: Shares, addressees: list[Addressee], *, was_quick: bool) -> None:
    for addressee in shares.admit(addressees):
        shares.release(addressee, was_quick=was_quick)


def test_one_receiver_has_a_quarter_of_the_places():
    shares = Shares()
    assert len(shares.admit(to("slow.example", *range(9)))) == 2
    assert shares.admit(to("other.example", 1)) == to("other.example", 1)


def test_a_receiver_is_the_same_in_whatever_case_and_path():
    shares = Shares()
    urls = ("https://a.example/1", "https://A.example/2", "https://a.EXAMPLE/3?q")
    assert len(shares.admit([Addressee.of(url, url) for url in urls])) == 2


def test_those_that_are_slow_or_new_have_half_of_the_places():
    shares = Shares()
    quick = [one for number in range(9) for one in to(f"quick{number}.example", 1)]
    for one in quick:
        serve(shares, [one], was_quick=True)
    new = [one for number in range(9) for one in to(f"new{number}.example", 1)]
    assert len(shares.admit(new)) == 4
    assert len(shares.admit(quick)) == 4


def test_one_that_was_quick_and_is_slow_now_is_slow():
    shares = Shares()
    turned = [one for number in range(5) for one in to(f"{number}.example", 1)]
    for was_quick in (True, False):
        for one in turned:
            serve(shares, [one], was_quick=was_quick)
    assert len(shares.admit(turned)) == 4


def test_a_webhook_that_turns_to_another_receiver_is_new():
    shares = Shares()
    moved = Addressee.of("hook", "https://before.example/")
    serve(shares, [moved], was_quick=True)
    shares.admit([one for number in range(4) for one in to(f"{number}.example", 1)])
    assert shares.admit([Addressee.of("hook", "https://after.example/")]) == []
    assert shares.admit([moved]) == [moved]


def test_a_webhook_that_turns_elsewhere_while_it_is_served_is_not_served_twice():
    shares = Shares()
    assert shares.admit([Addressee.of("hook", "https://before.example/")])
    assert not shares.admit([Addressee.of("hook", "https://after.example/")])


def test_who_was_served_longest_ago_comes_first():
    shares = Shares()
    slow = [one for number in range(8) for one in to(f"{number}.example", 1)]
    order = []
    for _ in range(4):
        admitted = shares.admit(slow)
        order += admitted
        for one in admitted:
            shares.release(one, was_quick=False)
    assert order == slow * 2
