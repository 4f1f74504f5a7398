"""The general vocabulary of the guide. It knows English, and nothing about Chatsite."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _set(
    """
    a about afternoon all already also always am an and another any anyone anything are as at awesome be
    because been being bit both but button by bye call called can certain cheers cool could curious did
    different do does doing done each either else even evening ever every everybody everyone everything
    exist exists explain for from get gets getting give go goes going good goodbye got great greetings
    had hallo happen happens has have having he hello help her here hers hey hi him his how i if in
    instead into is it its just know last let like lol look looks many may maybe me mean meaning means might
    mine more morning much must my myself need nice no not now of off ok okay on once one only onto or
    other our ours out over own per perfect please possible put quick quickly real really said say says
    seem seems shall she should show simply so some somebody somehow someone something sometimes
    somewhere still stuff such take tell than thank thanks that the their them then there these they
    thing things this those thx time to too toward try trying up upon us use used uses using very via
    want wanted wants was way we well were what whats when where whether which while who whom whose why
    will with within wonder wondering work works would yes yet you your yours yourself
    """
)

# Only words that mean nothing in English, or next to nothing.
FOREIGN = _set(
    """
    ich wie kann mein meine meinen meiner der das und ist sind nicht ein eine einen wo für auf mit
    wer warum je est les des mon ma une pour dans où quel quelle qui sur pas le la mes avec puis
    puedo mi el los las para qué dónde cómo como una un con por mis il mio mia posso dove che sono
    gli della meu minha uma onde não hoe ik mijn het een waar van niet kunnen jag hur min jak moje
    """
)

SYNONYMS = tuple(
    line.split()
    for line in """
    conversation chat thread dialogue discussion talk
    delete remove erase rid trash discard wipe bin
    rename title name
    run start launch boot
    stop shutdown cancel abort halt interrupt quit end
    install setup installation
    signup register registration join
    signin password session
    store save keep storage persist kept
    password passphrase pw pwd
    account user people person member
    admin administrator superuser staff operator owner
    model llm ai
    reply answer response output
    message question prompt query
    error failure problem fail broken wrong crash
    slow wait patience timeout minute hour ages
    limit quota maximum max cap most
    long length size big large huge
    phone mobile smartphone iphone android tablet
    dark night theme black bright light
    key shortcut keyboard hotkey press
    key token credential
    picture image photo img drawing pic screenshot photograph illustration graphic
    math formula equation latex tex
    folder directory disk drive path
    bucket s3 aws amazon minio
    database db sqlite postgresql postgres sql
    https ssl tls certificate
    proxy nginx caddy apache traefik
    deploy publish production deployment hosting heroku cloud
    server machine computer vps pc laptop hardware
    log logging
    private privacy read spy see visible
    cost price money pay free expensive cheap fee bill
    update upgrade version newer release
    export download extract
    logo name brand branding
    huggingface hf
    openai gpt chatgpt
    backup restore copy
    lose lost disappear vanish
    close shut
    remember memory forget context recall window
    reasoning think thought
    choose select switch change pick swap
    connect attach hook plug integrate add
    stranger public outsider anybody
    train learn
    begin new fresh
    old past previous earlier
    address url port domain
    file upload pdf attachment
    code program snippet
    vulnerability security hole
    table markdown format formatting rendering
    prerequisite requirement dependency
    setting variable option configure configuration config
    forget forgot forgotten remember reset
    retry again repeat
    break linebreak newline line
    send submit
    opensource licence license
    gpu nvidia cuda graphics
    stuck hang freeze froze frozen forever slow
    name title call
    type write enter
    connection internet network wifi offline
    share link
    refuse reject accept
    health healthy alive monitor
    instruction system behaviour personality
    voice audio speech
    site website page web
    developer contribute contributor
    undo revert correct edit modify amend
    typo misspelling spelling mistake
    small tiny little
    larger bigger zoom
    parent mother father mom mum mummy dad wife husband daughter son child kid family children
    teacher professor school pupil student class university lecturer
    boss employer manager company business firm enterprise organisation office
    colleague coworker employee team staff worker
    friend roommate neighbour buddy mate
    voice speak spoken microphone dictate aloud
    tracker tracking analytics telemetry track
    america usa abroad country europe
    half halfway middle mid incomplete partial unfinished truncated cut
    allow permit permission allowed
    disable deactivate off
    block ban lock
    law legal gdpr compliance lawyer
    wrong incorrect inaccurate false mistake untrue
    uninstall deinstall
    german french spanish italian turkish polish chinese japanese russian english arabic portuguese dutch korean
    language german french spanish italian turkish polish russian
    autostart boot automatic automatically
    invoice bill payment charge
    fast quick speed
    beginner newbie novice newcomer
    rotate renew change replace
    instance copy process
    env environment
    var variable
    eye eyesight vision
    app application program software
    secret confidential private
    hide conceal fold
    gone missing lost vanish disappear
    guide helper assistant bot chatbot
    pay subscription subscribe
    suspicious spam stranger
    school classroom pupil
    homework essay assignment
    rate limit throttle
    ram memory
    internet online web
    crash die dead collapse
    colour color paint
    font typeface letter
    look design style appearance
    document pdf word docx paper
    print paper
    search look find
    forbid forbidden deny denied refuse reject
    unavailable down offline unreachable
    monitor watch supervise check
    container docker podman kubernetes
    """.strip().splitlines()
)
"""Each line holds words one might use for the other."""

_ELSEWHERE = """
    recipe for a cake; how do i cook rice; what should i eat for dinner; bake bread; boil an egg; healthy
    breakfast; restaurant; drink wine or beer; vegetables, meat and fish; coffee or tea; how many calories;
    diet and vitamins; write a poem; write a story; write an email to my boss; write a letter; write a song;
    write a speech; haiku; birthday wishes; cover letter for a job; give me ideas for a present; suggest
    names for a baby; who wrote this book; plot of the novel; best film or movie; favourite band; recommend
    a song; play the piano; who is the president; who was the king; capital of france; when did the war end;
    history of rome; population of china; how tall is the mountain; how far is the moon; how old is the
    earth; the planets; distance to the sun; largest country; what is the weather tomorrow; will it rain;
    what time is it; what day is today; news of today; traffic; what is the meaning of life; what does this
    word mean; definition of a word; what is love; why is the sky blue; explain quantum physics; explain
    gravity; explain photosynthesis; theory of evolution; chemistry of water; atoms; explain economics;
    inflation; mortgage and taxes; invest in shares; how does a bank work; interest rates; bitcoin; solve
    this equation; calculate the sum; square root of a number; derivative of a function; integrate x;
    percent of; prime numbers; convert metres to feet; celsius to fahrenheit; how many days until; what is 2
    plus 2; geometry triangle; write a function in python; write a program in java; for loop in javascript;
    reverse a string; sort a list or an array; write a sql query; join two tables; write a regex; regular
    expression for phone numbers; centre a div in css; git commit, merge or rebase; what is recursion; what
    is a class or an object; explain inheritance; explain closures; data structures; linked list or tree;
    algorithm complexity of sorting; fix this bug in my code; debug my program; build an app in react; make
    a game; explain dependency injection; design patterns; pointers in c; rust or go or java; how are you
    today; tell me a joke; tell me a story; do you love me; are you married; are you happy; i am bored; i
    feel sad; what do you like; your favourite colour; do you have feelings; sing a song; what is your age;
    flip a coin; who won the match; football rules; olympic games; world cup; chess opening; lose weight; my
    back hurts; headache; what helps against a cold; symptoms of a disease; doctor; medicine; sleep better;
    pregnancy; yoga; running a marathon; plan a trip to italy; flights and hotels; sights in london;
    holiday; visa; train tickets; rent a car; change a tyre; clean the kitchen; repair a bicycle; remove a
    stain; water the plants; get rid of ants; unblock a sink; paint a wall; feed the cat or dog; gardening;
    knit a scarf; tie a tie; what to wear; buy shoes; best phone to buy; laptop under 500; translate a
    sentence into french; how do you say thank you in spanish; learn english grammar; synonym for happy;
    summarise this article; summary of the book; proofread my text; essay about the war; bible; god;
    philosophy; politics;
    speed of light; black hole in space; factor a polynomial; factorise numbers; hash table; null in java or c;
    create a branch in git; make an http request; what is a docker volume; write a unit test; be my friend;
    parse json in go; foreign key; difference between two things; language spoken in a country; tabs or spaces;
    what is a variable; what is an api; what is a server; what is a database; learn to program; teach me python;
    who invented it; who discovered it; what is the name of; how many people live in; what do animals eat; how fast is
    a car; when was he born; what is the best way to lose weight; how do i make soup; what colour is the sky;
    do you sleep; what is the news; print in python; delete a file in bash; merge two dictionaries
    """
ELSEWHERE = tuple(" ".join(phrase.split()) for phrase in _ELSEWHERE.split(";"))
"""What people ask a chat site that has nothing to do with Chatsite, so that the guide can tell the difference."""
