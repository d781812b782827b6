from dataclasses import replace
from hypothesis import given, settings, strategies as st, HealthCheck
from study_service.banks import qti
from study_service.banks.bank import *
import pytest
words=st.text(st.one_of(st.sampled_from("ab *\\<>&\"'\n\t :="),st.characters(exclude_categories=["Cs","Cc"])),min_size=1,max_size=12).map(str.strip).filter(bool)
name=st.one_of(st.none(),words,st.sampled_from(["n-1","x-61","d-2","A","B"]))
weight=st.one_of(st.none(),st.sampled_from([1/3,.5,.3333,1.0,-.25,-.5,-1.0,.25,0.0]))
def choice(**k): return st.builds(Choice,words,st.booleans(),explanation=st.one_of(st.none(),words),name=name,fixed=st.sampled_from([None,True,False]),weight=weight,**k)
chosen=st.lists(choice(),min_size=2,max_size=6,unique_by=lambda c:c.text)
base=dict(item=st.just(1),line=st.none(),text=words,explanation=st.one_of(st.none(),words),difficulty=st.integers(1,5),external_id=name,
   image_url=st.one_of(st.none(),st.just("https://example.com/a.png?x=1&y=2")))
texts=st.lists(st.builds(Choice,words,st.booleans(),explanation=st.one_of(st.none(),words),weight=weight,case_sensitive=st.booleans()),min_size=1,max_size=5,unique_by=lambda c:c.text)
num=st.one_of(st.builds(lambda v:{"value":v},st.sampled_from(["1","2.5","-3","1e3",".5"])),st.builds(lambda v,t:{"value":v,"tolerance":t},st.sampled_from(["1","2.5","-3"]),st.sampled_from(["0","0.5","10"])),st.builds(lambda v,t:{"low":v,"high":t},st.sampled_from(["1","2.5","-3"]),st.sampled_from(["3","50"])))
def ntext(n): return f"{n['low']}..{n['high']}" if "low" in n else n["value"]+(":"+n["tolerance"] if "tolerance" in n else "")
numsc=st.lists(st.builds(lambda n,r,e,w:Choice(ntext(n),r,e,w,number=n),num,st.booleans(),st.one_of(st.none(),words),weight),min_size=1,max_size=4)
numsc=st.builds(lambda cs,o:[*cs,*( [Choice("*",False,o)] if o else [])],numsc,st.one_of(st.none(),words))
region=st.one_of(st.just(("rect",(1.0,2.0,30.5,40.0))),st.just(("circle",(50.0,50.0,8.0))),st.just(("poly",(1.0,1.0,90.0,1.0,45.5,99.0))))
regs=st.lists(st.builds(lambda r,k,w:Choice("",k,None,w,region=r[0],coords=r[1]),region,st.booleans(),weight),min_size=1,max_size=4).map(lambda cs:[replace(c,text=str(i)) for i,c in enumerate(cs,1)])
def order(cs,n): 
    return [replace(c,is_correct=i<n,place=(len(cs)-1-i if n==len(cs) else i) if i<n else None,weight=None,explanation=None) for i,c in enumerate(cs)]
orders=st.builds(lambda cs,k:order(cs,max(2,len(cs)-k)),chosen,st.integers(0,2))
def pair(cs,ts): 
    out=[Choice(c.text,True,target=ts[i%len(ts)].text,name=c.name) for i,c in enumerate(cs)]
    used={c.target for c in out}
    return out+[replace(t,is_target=True,is_correct=False,weight=None,explanation=None,fixed=None) for t in ts if t.name or t.text not in used]
pairs=st.builds(pair,chosen,chosen)
def q(t,cs,**k): return st.builds(lambda c,**kk:Question(type=t,choices=tuple(c),**kk),cs,**base,**k)
qs=st.one_of(q("multiple_choice",chosen),q("multi_select",chosen),q("short_answer",texts),q("numeric",numsc),q("drag_drop",orders),q("drag_drop",pairs),
  st.builds(lambda q:replace(q,image_url="https://example.com/a.png",image_size=(100,100)),q("hotspot",regs)))
def norm(q):
    cs=q.choices
    cs=tuple(c for c in cs if not c.is_target)+tuple(c for c in cs if c.is_target)
    return replace(q,item=0,line=None,choices=cs,states=frozenset())
@settings(max_examples=6000,deadline=None,suppress_health_check=list(HealthCheck))
@given(qs)
def test(q):
    w=qti.write(Bank([q]))
    b=qti.read(w.data)
    if w.losses and w.losses[0].message.startswith("the question: "): return
    assert b.problems==[] or (not b.questions and w.losses and "no QTI" in b.problems[0].message), (b.problems,w.losses)
    if b.questions: assert not [l for l in b.losses if "part credit" in l.message], b.losses
    if not w.losses:
        assert norm(b.questions[0])==norm(q)
        assert b.losses==[], b.losses
import collections
C=collections.Counter(); L=collections.Counter()
@settings(max_examples=4000,deadline=None,suppress_health_check=list(HealthCheck))
@given(qs)
def _count(q):
    w=qti.write(Bank([q])); C[q.type,not w.losses]+=1
    import re
    for l in w.losses: L[q.type,re.sub(r"\d+|'.*'","N",l.message)[:70]]+=1
def test_count():
    import sys
    _count(); 
    for k in sorted(C.items()): print(k)
    for k in L.most_common(60): print(k)
